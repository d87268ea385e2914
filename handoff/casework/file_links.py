"""Files that agents send on channels that carry text only: a link, signed by us, that ends after a while.

The link names the file by what it holds, so there is nothing to guess and nothing to look up; who
has the link has the file, as with every picture that a customer could pass on. Only what an agent
attached has one.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from pathlib import Path

from fastapi import APIRouter, HTTPException, Response
from fastapi.responses import FileResponse

from channels.files import Kept, safe_name, sniff

LASTS = timedelta(days=28)
"""A customer who is away for a holiday still finds it."""

_DIGEST, _TIME, _SEAL = 32, 5, 16  # bytes of a token's three parts: 71 characters, as SMS are short
_SHOWN = {"image/jpeg", "image/png", "image/gif", "image/webp", "application/pdf"}


def link(public_url: str, secret_key: bytes, kept: Kept, now: datetime) -> str:
    """An address under which ``kept`` can be read until `LASTS` has passed."""
    ends = int((now + LASTS).timestamp()).to_bytes(_TIME, "big")
    named = bytes.fromhex(kept.digest) + ends
    return (
        f"{public_url}/sent/{base64.urlsafe_b64encode(named + _seal(named, secret_key)).decode().rstrip('=')}"
    )


def routes(data_dir: Path, secret_key: bytes) -> APIRouter:
    """``GET /sent/{token}``: the file, as a download unless every browser shows it safely."""
    router = APIRouter(include_in_schema=False)

    async def sent(token: str) -> Response:
        digest, left = _read(token, secret_key, datetime.now(UTC))
        path = data_dir / "files" / digest[:2] / digest
        try:
            media_type = await asyncio.to_thread(lambda: sniff(path.read_bytes()[:8192]))
        except OSError as error:
            raise _gone() from error
        shown = media_type or "application/octet-stream"
        return FileResponse(
            path,
            media_type=shown,
            filename=safe_name("", shown),
            content_disposition_type="inline" if shown in _SHOWN else "attachment",
            headers={
                "Cache-Control": f"private, max-age={left}",
                "Content-Security-Policy": "default-src 'none'; sandbox",
                "X-Content-Type-Options": "nosniff",
                "Referrer-Policy": "no-referrer",
                "X-Robots-Tag": "noindex",
            },
        )

    router.get("/sent/{token}")(sent)
    return router


def _read(token: str, secret_key: bytes, now: datetime) -> tuple[str, int]:
    """The file's digest, and for how many seconds the link is good; 404 for whatever is no link."""
    try:
        told = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except ValueError as error:
        raise _gone() from error
    named, seal = told[: _DIGEST + _TIME], told[_DIGEST + _TIME :]
    if len(told) != _DIGEST + _TIME + _SEAL or not hmac.compare_digest(seal, _seal(named, secret_key)):
        raise _gone()
    left = int.from_bytes(named[_DIGEST:], "big") - int(now.timestamp())
    if left <= 0:
        raise _gone()
    return named[:_DIGEST].hex(), left


def _seal(named: bytes, secret_key: bytes) -> bytes:
    """With a key of its own, so that no token of another kind passes for a link."""
    key = hashlib.sha256(b"file link\0" + secret_key).digest()
    return hmac.digest(key, named, "sha256")[:_SEAL]


def _gone() -> HTTPException:
    return HTTPException(404, "This link has ended.")
