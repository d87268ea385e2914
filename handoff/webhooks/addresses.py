"""Where a webhook may go: the guard against server-side request forgery (OWASP's name for it).

An address is asked about twice: what stands in the endpoint's URL when it is added, and what it resolves
to at the moment of connecting. Only the second counts; the first spares people a surprise.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from handoff.queue import BadInput

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_LONGEST = 2000
_LOCAL = tuple(map(ipaddress.ip_network, ("64:ff9b:1::/48", "::/96")))
"""IPv6 networks that Python takes for public and that may lead inside: RFC 8215 and 4291, 2.5.5.1."""

_NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052: the last 32 bits are an IPv4 address


@dataclass(frozen=True)
class Reach:
    """``private``: the networks that the operator allows besides the public ones; plain HTTP only there."""

    private: Sequence[Network] = ()

    def permits(self, address: str, *, plain: bool = False) -> bool:
        """Whether a connection to this IP address may be made; ``plain``: without TLS."""
        real = _real(ipaddress.ip_address(address.partition("%")[0]))
        if any(real.version == net.version and real in net for net in self.private):
            return True
        inside = (
            real.is_multicast
            or getattr(real, "is_site_local", False)
            or any(real.version == net.version and real in net for net in _LOCAL)
        )
        return not plain and real.is_global and not inside

    def check(self, url: str) -> str:
        """The URL as it is kept. Raises `BadInput`."""
        url = url.strip()
        try:
            parts = urlsplit(url)
            host, _ = parts.hostname, parts.port
        except ValueError as error:
            raise BadInput(f"the address is none: {error}") from error
        if not host or len(url) > _LONGEST or not url.isascii() or any(c.isspace() for c in url):
            raise BadInput("the address is none; use one such as https://crm.example.org/hooks")
        if parts.username is not None or parts.password is not None or parts.fragment:
            raise BadInput("the address must hold no password and no fragment: the signature says who calls")
        if parts.scheme != "https" and not (parts.scheme == "http" and self.private):
            raise BadInput("the address must begin with https://")
        try:
            given = "127.0.0.1" if host == "localhost" else str(ipaddress.ip_address(host))
        except ValueError:
            return parts.geturl()  # a name: what it stands for is seen when connecting
        if not self.permits(given, plain=parts.scheme == "http"):
            raise BadInput(
                f"{host} is not public: RECOURSE_WEBHOOK_PRIVATE_ADDRESSES allows networks of your own"
            )
        return parts.geturl()


def networks(text: str) -> tuple[Network, ...]:
    """``10.0.0.0/8, ::1``, read. Raises ValueError."""
    return tuple(ipaddress.ip_network(part.strip(), strict=False) for part in text.split(",") if part.strip())


def _real(address: IpAddress) -> IpAddress:
    """The IPv4 address that an IPv6 address only wraps; else the address itself."""
    if isinstance(address, ipaddress.IPv6Address):
        if address in _NAT64:
            return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        return address.ipv4_mapped or address.sixtofour or address
    return address
