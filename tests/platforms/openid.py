"""An OpenID Connect provider on loopback: discovery, keys, codes, tokens signed with a real RSA key.

It keeps to the rules that a client can break: the code works once, for its redirect address, client,
secret and PKCE verifier. A test tells it what to say of its user, and what to get wrong.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from tests.platforms.server import PlatformServer, form_or_json

CLIENT, SECRET = "recourse-desk", "s3cret/with:signs"

_KEY = RSAKey.generate_key(2048, {"kid": "first"})
_NEXT = RSAKey.generate_key(2048, {"kid": "second"})
_STRANGERS = RSAKey.generate_key(2048, {"kid": "first"})  # under the same name


@dataclass
class User:
    """Who sits at the browser, as the provider knows them."""

    claims: dict[str, Any]


@dataclass
class _Code:
    redirect: str
    challenge: str
    nonce: str


@dataclass
class Faults:
    """What is wrong with the next tokens; claims that are ``None`` are left out."""

    claims: dict[str, Any] = field(default_factory=dict)
    stranger: bool = False  # signed by somebody else
    algorithm: str = "RS256"
    new_key: bool = False
    issuer: str | None = None  # in the discovery document


class OpenIdServer(PlatformServer):
    """``with OpenIdServer() as provider: provider.url`` is the issuer."""

    def __init__(self) -> None:
        self.user = User({"sub": "subject-1"})
        self.faults = Faults()
        self.codes: dict[str, _Code] = {}
        super().__init__()

    def reset(self) -> None:
        super().reset()
        self.user, self.faults = User({"sub": "subject-1"}), Faults()
        self.codes.clear()

    def routes(self) -> list[Route]:
        return [
            Route("/.well-known/openid-configuration", self._call("configuration", self._configuration)),
            Route("/keys", self._call("keys", self._keys)),
            Route("/authorize", self._call("authorize", self._authorize)),
            Route("/token", self._call("token", self._token), methods=["POST"]),
        ]

    def failure(self, status: int, retry_after: float | None) -> bytes:
        return b'{"error": "temporarily_unavailable"}'

    def _call(
        self, name: str, do: Callable[[Request, dict[str, Any]], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            fields = await form_or_json(request) if request.method == "POST" else dict(request.query_params)
            return await self.handle(name, fields, request, lambda: do(request, fields))

        return answer

    async def _configuration(self, request: Request, fields: dict[str, Any]) -> Response:
        return JSONResponse(
            {
                "issuer": self.faults.issuer or self.url,
                "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token",
                "jwks_uri": f"{self.url}/keys",
                "response_types_supported": ["code"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            }
        )

    async def _keys(self, request: Request, fields: dict[str, Any]) -> Response:
        keys = [_KEY, _NEXT] if self.faults.new_key else [_KEY]
        return JSONResponse({"keys": [key.as_dict(private=False) for key in keys]})

    async def _authorize(self, request: Request, fields: dict[str, Any]) -> Response:
        """The user agrees at once."""
        wanted = {"response_type": "code", "client_id": CLIENT, "code_challenge_method": "S256"}
        if {k: fields.get(k) for k in wanted} != wanted or "openid" not in fields.get("scope", "").split():
            return JSONResponse({"error": "invalid_request"}, 400)
        code = secrets.token_urlsafe(16)
        self.codes[code] = _Code(fields["redirect_uri"], fields["code_challenge"], fields["nonce"])
        back = urlencode({"code": code, "state": fields["state"], "iss": self.url})
        return RedirectResponse(f"{fields['redirect_uri']}?{back}", 302)

    async def _token(self, request: Request, fields: dict[str, Any]) -> Response:
        kind, _, given = request.headers.get("authorization", "").partition(" ")
        client, _, secret = base64.b64decode(given).decode().partition(":") if kind == "Basic" else ("",) * 3
        if (unquote(client), unquote(secret)) != (CLIENT, SECRET):
            return JSONResponse({"error": "invalid_client"}, 401)
        code = self.codes.pop(str(fields.get("code")), None)
        hashed = hashlib.sha256(str(fields.get("code_verifier")).encode()).digest()
        challenge = base64.urlsafe_b64encode(hashed).rstrip(b"=").decode()
        if code is None or (code.redirect, code.challenge) != (fields.get("redirect_uri"), challenge):
            return JSONResponse({"error": "invalid_grant"}, 400)
        return JSONResponse(
            {
                "access_token": secrets.token_urlsafe(16),
                "token_type": "Bearer",
                "id_token": self._signed(code),
            }
        )

    def _signed(self, code: _Code) -> str:
        now = int(time.time())
        claims = {"iss": self.url, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": code.nonce}
        claims |= self.user.claims | self.faults.claims
        key = _STRANGERS if self.faults.stranger else _NEXT if self.faults.new_key else _KEY
        claims = {name: value for name, value in claims.items() if value is not None}
        if self.faults.algorithm == "none":
            parts = [f'{{"alg":"none","kid":"{key.kid}"}}'.encode(), jwt_json(claims)]
            return ".".join(base64.urlsafe_b64encode(p).rstrip(b"=").decode() for p in parts) + "."
        return jwt.encode({"alg": self.faults.algorithm, "kid": key.kid}, claims, key)


def jwt_json(claims: dict[str, Any]) -> bytes:
    """Claims as the body of a token."""

    return json.dumps(claims).encode()


def query_of(address: str) -> dict[str, str]:
    """The fields of an address."""
    return dict(parse_qsl(urlsplit(address).query))
