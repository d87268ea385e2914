"""Where a webhook may not go.

Mutation: in `handoff.webhooks.addresses._real` return the address as it is, or in `Reach.permits` leave
``plain`` out.
"""

from __future__ import annotations

import socket

import pytest

from bot.webhooks.posting import Poster
from handoff.queue import BadInput
from handoff.webhooks.addresses import Reach, networks
from tests.webhooks.conftest import LOOPBACK, Receiver

INSIDE = (
    "127.0.0.1", "127.8.8.8", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
    "0.0.0.0", "255.255.255.255", "224.0.0.1", "198.18.0.1", "::", "::1", "fe80::1", "fe80::1%eth0",
    "fc00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe",
    "2002:7f00:1::", "2001:db8::1", "fec0::1", "64:ff9b:1::7f00:1", "::7f00:1",
)  # fmt: skip
OUTSIDE = (
    "93.184.215.14",
    "2606:2800:21f:cb07:6820:80da:af6b:8b2c",
    "64:ff9b::5db8:d70e",
    "::ffff:93.184.215.14",
)


@pytest.mark.parametrize("address", INSIDE)
def test_inside(address: str) -> None:
    """Ours, this machine's, the link's, everybody's at once: not by default, however it is written."""
    assert Reach().permits(address) is False


@pytest.mark.parametrize("address", OUTSIDE)
def test_outside(address: str) -> None:
    """Public addresses, with TLS only."""
    assert Reach().permits(address) is True
    assert LOOPBACK.permits(address) is True
    assert LOOPBACK.permits(address, plain=True) is False


def test_allowed() -> None:
    """What the operator names, and no neighbour of it; there plain HTTP as well."""
    reach = Reach(networks("10.1.0.0/16, ::1"))
    assert reach.permits("10.1.200.3", plain=True)
    assert reach.permits("::1")
    assert reach.permits("::ffff:10.1.0.1")
    assert not reach.permits("10.2.0.1")
    assert not reach.permits("127.0.0.1")


@pytest.mark.parametrize(
    "url",
    [
        "", "crm.example.org", "ftp://crm.example.org/", "http://crm.example.org/", "https://", "https://u:p@x.org/",
        "https://x.org/#a", "https://x .org/", "https://127.0.0.1/", "https://[::1]:8443/", "https://localhost/",
        "https://x.org:99999/", "https://" + "x" * 2000, "https://[::ffff:10.0.0.1]/", "javascript:alert(1)",
    ],
)  # fmt: skip
def test_refused_when_added(url: str) -> None:
    with pytest.raises(BadInput):
        Reach().check(url)


def test_taken_when_added() -> None:
    assert Reach().check(" https://crm.example.org/hooks?a=b ") == "https://crm.example.org/hooks?a=b"
    assert Reach().check("HTTPS://crm.example.org/Hooks") == "https://crm.example.org/Hooks"
    assert LOOPBACK.check("http://localhost:8080/hooks") == "http://localhost:8080/hooks"


async def test_name_that_leads_inside(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """What counts is the address at the moment of connecting: a harmless name may stand for any."""
    real = socket.getaddrinfo

    def poisoned(host: object, *rest: object, **more: object) -> object:
        return real("127.0.0.1" if host == "crm.example.org" else host, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", poisoned)
    url = f"http://crm.example.org:{receiver.port}/hooks"
    async with Poster(Reach()) as poster:
        answer = await poster.post(url, {}, b"{}")
        assert answer.status is None
        assert "127.0.0.1 is not allowed" in answer.error
        answer = await poster.post(url.replace("http:", "https:"), {}, b"{}")
        assert "127.0.0.1 is not allowed" in answer.error
    assert receiver.asked == []
    async with Poster(LOOPBACK) as poster:
        assert (await poster.post(url, {}, b"{}")).status == 401  # unsigned, but it got there
