"""Sign-in at the organisation's own OpenID Connect provider: the code flow, with PKCE, state and nonce.

After OpenID Connect Core 1.0, 3.1, with RFC 7636 (PKCE) and RFC 9207 (who answered). What the provider
says of itself and its keys is fetched when first needed and kept for an hour, so that the program
starts, and passwords work, without it.

Errors::

    OpenIdError (an AccountError)
    ├── ProviderAway        it cannot be reached, or answers with nonsense
    ├── AnswerRefused       what came back cannot be trusted; the reason is logged, not shown
    ├── NoAccount           nobody here is known by that subject or verified e-mail address
    └── NoRole              the provider's groups give no role here
"""

from __future__ import annotations

import hmac
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any
from urllib.parse import quote, unquote

import httpx
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from handoff.staff import tokens
from handoff.staff.agents import AccountError
from handoff.staff.roles import Role

_FRESH = 3600.0  # seconds that the provider's metadata and keys are kept
_AGAIN = 60.0  # seconds between two looks for a key that we do not know
_LEEWAY = 60  # seconds that the provider's clock may be off
_LONGEST_SUBJECT = 255  # OpenID Connect Core, 2
# Signatures with a public key only: a shared secret signs nothing that we could not have signed ourselves.
_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")


class OpenIdError(AccountError):
    """Signing in at the provider did not work."""


class ProviderAway(OpenIdError):
    """The provider cannot be reached, or answers with nonsense."""


class AnswerRefused(OpenIdError):
    """What came back cannot be trusted."""


class NoAccount(OpenIdError):
    """The provider knows them; we do not."""


class NoRole(OpenIdError):
    """The provider's groups give no role here."""


@dataclass(frozen=True)
class OpenIdSettings:
    """``roles`` maps values of ``role_claim`` to roles; without a claim, accounts keep their own role.

    ``create`` lets whoever signs in there have an account here.
    """

    issuer: str
    client_id: str
    client_secret: str | None
    redirect_uri: str
    label: str = ""
    scopes: str = "openid profile email"
    role_claim: str = ""
    roles: Mapping[str, Role] = field(default_factory=lambda: MappingProxyType({}))
    create: bool = False


@dataclass(frozen=True)
class Journey:
    """What the browser keeps while it is at the provider; ``after`` is where it goes then."""

    state: str
    nonce: str
    verifier: str
    after: str

    @classmethod
    def begin(cls, after: str) -> Journey:
        """A new one."""
        return cls(tokens.new(), tokens.new(), tokens.new(), after)

    def written(self) -> str:
        """For a cookie."""
        return ".".join((self.state, self.nonce, self.verifier, quote(self.after, safe="")))


@dataclass(frozen=True)
class Known:
    """Whom the provider vouches for. ``email`` is empty unless the provider has verified it."""

    subject: str
    email: str
    name: str
    groups: frozenset[str]


@dataclass
class _Fetched:
    metadata: dict[str, Any]
    keys: KeySet
    at: float


class Provider:
    """The provider; one for each process."""

    def __init__(self, settings: OpenIdSettings, http: httpx.AsyncClient | None = None) -> None:
        self.settings = settings
        self._http = http or httpx.AsyncClient(timeout=5.0)
        self._fetched: _Fetched | None = None

    async def address(self, journey: Journey) -> str:
        """Where to send the browser. Raises `ProviderAway`."""
        metadata = (await self._provider()).metadata
        address: str = prepare_grant_uri(
            metadata["authorization_endpoint"],
            self.settings.client_id,
            "code",
            self.settings.redirect_uri,
            self.settings.scopes,
            journey.state,
            nonce=journey.nonce,
            code_challenge=create_s256_code_challenge(journey.verifier),
            code_challenge_method="S256",
        )
        return address

    async def known(self, journey: Journey, answer: Mapping[str, str]) -> Known:
        """Whom an answer to ``journey`` vouches for. Raises `ProviderAway`, `AnswerRefused`."""
        if not hmac.compare_digest(answer.get("state", "").encode(), journey.state.encode()):
            raise AnswerRefused("another state than was asked for")
        if answer.get("iss", self.settings.issuer) != self.settings.issuer:
            raise AnswerRefused("another issuer answered")
        if "error" in answer or not answer.get("code"):
            raise AnswerRefused(f"the provider refused: {answer.get('error', 'no code')[:80]}")
        token = await self._token(answer["code"], journey.verifier)
        claims = await self._claims(token, journey.nonce)
        return self._known(claims)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._http.aclose()

    async def _token(self, code: str, verifier: str) -> dict[str, Any]:
        """Change the code for tokens (OpenID Connect Core, 3.1.3)."""
        metadata = (await self._provider()).metadata
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.settings.redirect_uri,
            "code_verifier": verifier,
        }
        secret = self.settings.client_secret
        auth: httpx.Auth = httpx.Auth()  # none
        methods = metadata.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        if secret is not None and "client_secret_basic" in methods:
            # Encoded before they are joined (RFC 6749, 2.3.1).
            auth = httpx.BasicAuth(quote(self.settings.client_id, safe=""), quote(secret, safe=""))
        else:
            form |= {"client_id": self.settings.client_id} | ({"client_secret": secret} if secret else {})
        try:
            answer = await self._http.post(
                metadata["token_endpoint"], data=form, auth=auth, headers={"Accept": "application/json"}
            )
        except httpx.HTTPError as error:
            raise ProviderAway(f"{type(error).__name__} at the token endpoint") from error
        if answer.status_code >= 500:
            raise ProviderAway(f"the token endpoint answered {answer.status_code}")
        found = _json(answer)
        if answer.status_code != 200 or not isinstance(found.get("id_token"), str):
            raise AnswerRefused(f"no token for the code: {answer.status_code} {str(found.get('error'))[:80]}")
        return found

    async def _claims(self, token: dict[str, Any], nonce: str) -> CodeIDToken:
        """The claims of an ID token, all checks passed (OpenID Connect Core, 3.1.3.7)."""
        provider = await self._provider()
        try:
            try:
                decoded = jwt.decode(token["id_token"], provider.keys, algorithms=_ALGORITHMS)
            except (JoseError, ValueError):
                provider = await self._provider(renewed=True)  # the key may be newer than ours
                decoded = jwt.decode(token["id_token"], provider.keys, algorithms=_ALGORITHMS)
            claims = CodeIDToken(
                decoded.claims,
                decoded.header,
                {
                    "iss": {"essential": True, "value": self.settings.issuer},
                    "aud": {"essential": True, "value": self.settings.client_id},
                    "sub": {"essential": True},
                    "exp": {"essential": True},
                    "iat": {"essential": True},
                },
                {
                    "client_id": self.settings.client_id,
                    "nonce": nonce,
                    "access_token": token.get("access_token"),
                },
            )
            claims.validate(leeway=_LEEWAY)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise AnswerRefused(f"ID token: {type(error).__name__} {error}"[:200]) from error
        return claims

    def _known(self, claims: CodeIDToken) -> Known:
        subject = claims["sub"]
        if not isinstance(subject, str) or not 0 < len(subject) <= _LONGEST_SUBJECT:
            raise AnswerRefused("ID token: no usable subject")
        email = claims.get("email") if claims.get("email_verified") is True else ""
        name = claims.get("name") or claims.get("preferred_username") or ""
        given = claims.get(self.settings.role_claim, []) if self.settings.role_claim else []
        groups = [given] if isinstance(given, str) else given if isinstance(given, list) else []
        return Known(
            f"{self.settings.issuer} {subject}",
            email.lower() if isinstance(email, str) else "",
            name if isinstance(name, str) else "",
            frozenset(group for group in groups if isinstance(group, str)),
        )

    async def _provider(self, *, renewed: bool = False) -> _Fetched:
        """What the provider says of itself (OpenID Connect Discovery 1.0, 4), and its keys."""
        known = self._fetched
        age = time.monotonic() - known.at if known else _FRESH
        if known is not None and age < (_AGAIN if renewed else _FRESH):
            return known
        try:
            metadata = await self._get(f"{self.settings.issuer.rstrip('/')}/.well-known/openid-configuration")
            if metadata.get("issuer") != self.settings.issuer:
                raise ProviderAway("it calls itself by another name than RECOURSE_OIDC_ISSUER")
            for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
                if not isinstance(metadata.get(name), str):
                    raise ProviderAway(f"its configuration lacks {name}")
            keys = KeySet.import_key_set(await self._get(metadata["jwks_uri"]))  # type: ignore[arg-type]
        except (httpx.HTTPError, JoseError, ValueError, TypeError, KeyError) as error:
            raise ProviderAway(f"{type(error).__name__} {error}"[:200]) from error
        self._fetched = _Fetched(metadata, keys, time.monotonic())
        return self._fetched

    async def _get(self, address: str) -> dict[str, Any]:
        answer = await self._http.get(address, headers={"Accept": "application/json"})
        answer.raise_for_status()
        return _json(answer)


def read_journey(written: str) -> Journey:
    """A journey from its cookie. Raises `AnswerRefused` where there is none."""
    parts = written.split(".", 3)
    if len(parts) != 4 or not all(parts[:3]):
        raise AnswerRefused("this browser has not asked to sign in, or too long ago")
    return Journey(parts[0], parts[1], parts[2], unquote(parts[3]))


def _json(answer: httpx.Response) -> dict[str, Any]:
    """Raises `ProviderAway`."""
    try:
        found = answer.json()
    except ValueError as error:
        raise ProviderAway(f"{answer.url.path} is no JSON") from error
    if not isinstance(found, dict):
        raise ProviderAway(f"{answer.url.path} is no JSON object")
    return found
