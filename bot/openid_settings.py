"""The settings of signing in at the organisation's own OpenID Connect provider."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Self
from urllib.parse import urlsplit

from pydantic import AliasChoices, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings

from handoff.staff.openid import OpenIdSettings
from handoff.staff.roles import Role

CALLBACK = "/console/sign-in/openid/callback"
"""The address that the provider must know, below ours."""


def _named(name: str) -> AliasChoices:
    return AliasChoices(f"RECOURSE_OIDC_{name}")


class OpenIdOptions(BaseSettings):
    """A part of `bot.settings.Settings`. Without an issuer it is off."""

    oidc_issuer: str | None = Field(None, validation_alias=_named("ISSUER"))
    oidc_client_id: str | None = Field(None, validation_alias=_named("CLIENT_ID"))
    oidc_client_secret: SecretStr | None = Field(None, validation_alias=_named("CLIENT_SECRET"))
    oidc_label: str = Field("", validation_alias=_named("LABEL"))
    oidc_scopes: str = Field("openid profile email", validation_alias=_named("SCOPES"))
    oidc_role_claim: str = Field("", validation_alias=_named("ROLE_CLAIM"))
    oidc_roles: str = Field("", validation_alias=_named("ROLES"))
    oidc_create_accounts: bool = Field(False, validation_alias=_named("CREATE_ACCOUNTS"))

    @field_validator("oidc_issuer")
    @classmethod
    def _safe_issuer(cls, value: str | None) -> str | None:
        """OpenID Connect Core 1.0, 2: an issuer is an ``https`` address; on this machine ``http`` will do."""
        if value is None:
            return None
        address = urlsplit(value)
        local = address.scheme == "http" and _is_local(address.hostname or "")
        if not address.hostname or not (address.scheme == "https" or local):
            raise ValueError(
                f"{value!r} is no issuer; use the provider's address, such as https://login.example.org"
            )
        return value

    @field_validator("oidc_scopes")
    @classmethod
    def _with_openid(cls, value: str) -> str:
        if "openid" not in value.split():
            raise ValueError("lacks the scope openid, without which there is no sign-in")
        return value

    @model_validator(mode="after")
    def _whole_provider(self) -> Self:
        if self.oidc_issuer is not None and self.oidc_client_id is None:
            raise ValueError(
                "RECOURSE_OIDC_ISSUER is set and RECOURSE_OIDC_CLIENT_ID is not: set both, or neither to "
                "switch it off"
            )
        roles = _roles(self.oidc_roles)
        if bool(roles) != bool(self.oidc_role_claim):
            raise ValueError(
                "RECOURSE_OIDC_ROLE_CLAIM and RECOURSE_OIDC_ROLES belong together: set both or neither"
            )
        return self

    def openid(self, address: str) -> OpenIdSettings | None:
        """All of it, for a program that people reach at ``address``; ``None`` if it is off."""
        if self.oidc_issuer is None or self.oidc_client_id is None:
            return None
        secret = self.oidc_client_secret
        return OpenIdSettings(
            issuer=self.oidc_issuer,
            client_id=self.oidc_client_id,
            client_secret=secret.get_secret_value() if secret else None,
            redirect_uri=f"{address}{CALLBACK}",
            label=self.oidc_label,
            scopes=self.oidc_scopes,
            role_claim=self.oidc_role_claim,
            roles=_roles(self.oidc_roles),
            create=self.oidc_create_accounts,
        )


def _roles(text: str) -> dict[str, Role]:
    """``desk=agent, desk-leads=supervisor``. Raises `ValueError`."""
    found = {}
    for pair in filter(None, (part.strip() for part in text.split(","))):
        group, sign, role = pair.rpartition("=")
        if not (sign and group.strip()) or role.strip() not in list(Role):
            raise ValueError(
                f"RECOURSE_OIDC_ROLES: {pair!r} is no pair of a group and a role; write them as "
                f"desk=agent, desk-leads=supervisor; roles are {', '.join(Role)}"
            )
        found[group.strip()] = Role(role.strip())
    return found


def _is_local(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
