"""What the console needs to know of the operator."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from handoff.staff.openid import OpenIdSettings


@dataclass(frozen=True)
class ConsoleSettings:
    """``secure`` says that people reach the console over HTTPS, so that cookies travel only there.

    ``outside_body`` is whom a customer may turn to after our answer, empty if there is none; files
    of customers lie below ``data_dir``. ``public_url`` and ``secret_key`` make the links of files
    that agents send where only text goes; ``canned_dir`` has the operator's own ready answers,
    ``targets_file`` the operator's own targets (`handoff.reports.targets`).
    """

    organisation: str
    time_zone: ZoneInfo
    data_dir: Path
    secure: bool = False
    outside_body: str = ""
    public_url: str = ""
    secret_key: bytes = b""
    canned_dir: Path | None = None
    targets_file: Path | None = None
    openid: OpenIdSettings | None = None
