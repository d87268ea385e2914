"""The console's cookies. Over HTTPS their names begin with ``__Host-``: no other host can set them.

RFC 6265bis, 4.1.3.2: a browser takes such a cookie only over HTTPS, for the whole host and for this
host alone. Over plain HTTP, on a developer's machine, that cannot be.
"""

from __future__ import annotations

from fastapi import Request, Response

from handoff.staff.agents import SECURE, Came

SESSION = "recourse_console"
GUARD = "recourse_sign_in"
OPENID = "recourse_openid"
_HOST = "__Host-"


def cookie_of(request: Request) -> str:
    """The session's token that came with a request; empty for none.

    A token that was made for HTTPS counts under its protected name alone: under the plain one,
    somebody else may have planted it.
    """
    protected = request.cookies.get(_HOST + SESSION)
    if protected is not None:
        return protected
    plain = request.cookies.get(SESSION, "")
    return "" if plain.startswith(SECURE) else plain


def read(request: Request, name: str, *, secure: bool) -> str:
    """The value of another of our cookies; empty for none."""
    return request.cookies.get(_HOST + name if secure else name, "")


def put(response: Response, name: str, value: str, seconds: int, *, secure: bool) -> None:
    """Set a cookie that only the server reads, and that no other site's form sends along."""
    response.set_cookie(
        _HOST + name if secure else name,
        value,
        max_age=seconds,
        path="/" if secure else "/console",
        httponly=True,
        samesite="lax",
        secure=secure,
    )


def drop(response: Response, name: str, *, secure: bool) -> None:
    """Have the browser forget a cookie."""
    response.delete_cookie(
        _HOST + name if secure else name,
        path="/" if secure else "/console",
        httponly=True,
        samesite="lax",
        secure=secure,
    )


def came(request: Request, *, secure: bool) -> Came:
    """Whence a request comes: behind trusted proxies, the address that they have forwarded."""
    address = request.client.host if request.client else ""
    return Came(address, request.headers.get("user-agent", ""), secure)
