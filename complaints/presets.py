"""Policy presets: data files with version and source, read into a `complaints.clocks.Policy`.

``complaints/policies/<name>.yml`` is a preset. One that says ``adds_to: any`` has no clocks of its
own and is named behind another: ``uk_disp+eu_ai_art50``.
"""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from complaints.clocks import Period, Policy, PolicyError

DEFAULT = "iso_generic"
_POLICIES = Path(__file__).with_name("policies")
_NEEDED = {"version", "source", "acknowledge", "update_every", "respond_by"}
_KNOWN = _NEEDED | {
    "name", "time_zone", "country", "cut_off", "weekend", "stages", "kinds", "pauses", "extend_to", "warn",
    "delay_notice", "overdue_notice", "outside_body", "notes", "retention",
}  # fmt: skip
_OF_ADDITIONS = {"version", "source", "adds_to", "notes"}


@cache
def load(name: str = DEFAULT) -> Policy:
    """The preset ``name``, or a combination such as ``uk_disp+eu_ai_art50``. Raises `PolicyError`."""
    first, *others = name.split("+")
    data = _data(first)
    if "adds_to" in data:
        raise PolicyError(f"{first!r} adds to a policy: name one before it, such as {DEFAULT}+{first}")
    additions = {other: _data(other) for other in others}
    for other, addition in additions.items():
        if "adds_to" not in addition:
            raise PolicyError(f"{other!r} has clocks of its own and cannot be added to {first!r}")
        if unknown := addition.keys() - _OF_ADDITIONS:
            raise PolicyError(f"policy {other!r} has an unknown {min(unknown)!r}")
    together = [data, *additions.values()]
    return _policy(
        data
        | {
            "name": name,
            "version": "+".join(str(part.get("version")) for part in together),
            "source": "; ".join(str(part.get("source")) for part in together),
            "notes": {key: text for part in together for key, text in part.get("notes", {}).items()},
        }
    )


def names() -> list[str]:
    """Every preset that there is."""
    return sorted(p.stem for p in _POLICIES.glob("*.yml"))


def additions() -> list[str]:
    """Those of them that add to another."""
    return [name for name in names() if "adds_to" in _data(name)]


def of_terms(terms: Mapping[str, Any]) -> Policy:
    """The policy that a case was started with; the default where it was started before policies were kept.

    Raises `PolicyError`.
    """
    return _of_terms(json.dumps(dict(terms), sort_keys=True)) if terms else load()


@lru_cache(maxsize=64)  # a policy has its calendar with it: there are few, and many cases
def _of_terms(terms: str) -> Policy:
    return _policy({"source": ""} | json.loads(terms))


@cache
def _data(name: str) -> dict[str, Any]:
    path = _POLICIES / f"{name}.yml"
    if not re.fullmatch(r"\w+", name) or not path.exists():
        raise PolicyError(f"no policy {name!r}; there are {', '.join(names())}")
    found: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


def _policy(data: Mapping[str, Any]) -> Policy:
    name = data["name"]
    if missing := _NEEDED - data.keys():
        raise PolicyError(f"policy {name!r} lacks {min(missing)!r}")
    if unknown := data.keys() - _KNOWN:
        raise PolicyError(f"policy {name!r} has an unknown {min(unknown)!r}")
    cut_off, extend_to, delay = data.get("cut_off"), data.get("extend_to"), data.get("delay_notice")
    return Policy(
        name=name,
        version=str(data["version"]),
        source=data["source"],
        acknowledge=Period.parse(data["acknowledge"]),
        update_every=Period.parse(data["update_every"]),
        respond_by=Period.parse(data["respond_by"]),
        time_zone=ZoneInfo(data.get("time_zone", "UTC")),
        country=data.get("country"),
        cut_off=datetime.time.fromisoformat(cut_off) if cut_off else None,
        weekend=frozenset(data.get("weekend", (5, 6))),
        stages={k: Period.parse(v) for k, v in data.get("stages", {}).items()},
        kinds={k: Period.parse(v) for k, v in data.get("kinds", {}).items()},
        pauses=tuple(data.get("pauses", ())),
        extend_to=Period.parse(extend_to) if extend_to else None,
        warn=Period.parse(data.get("warn", "1 business day")),
        delay_notice=Period.parse(delay) if delay else None,
        overdue_notice=Period.parse(data.get("overdue_notice", "immediately")),
        outside_body=data.get("outside_body", ""),
        notes=data.get("notes", {}),
    )
