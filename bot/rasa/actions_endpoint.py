"""Calls the program's custom actions over HTTP."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
from rasa.utils.endpoints import ClientResponseError, EndpointConfig

TIMEOUT_SECONDS = 5.0
"""An action only turns facts into commands; one that takes longer has failed."""

CONNECT_SECONDS = 2.0

UNREACHABLE = frozenset({401, 403, 502, 503, 504})
"""What a wrong token, or a proxy before the actions, answers: it says nothing about the message."""

REJECTED = 400
"""How an action declines to run, which lets the rules choose another. Everything else is a failure."""


class ActionFailed(RuntimeError):
    """The actions are there, and this very call failed: an action raised, or was too slow."""


class ActionsUnreachable(RuntimeError):
    """Nothing is known about this call: nobody listens, it broke off, or they do not know us."""


class ActionsEndpoint(EndpointConfig):
    """Where the custom actions are. Keeps its connections open, so it belongs to one event loop.

    ``urls`` may name several addresses, separated by blanks. One of them is asked, as long as it answers.
    Actions turn facts into commands and change nothing, so it does no harm if two are asked.
    """

    def __init__(self, urls: str, token: str) -> None:
        self._urls = urls.split()
        super().__init__(self._urls[0])
        self._session = aiohttp.ClientSession(
            headers={"Authorization": f"Bearer {token}"},
            timeout=aiohttp.ClientTimeout(total=TIMEOUT_SECONDS, sock_connect=CONNECT_SECONDS),
            # The peer is near; a proxy from the environment would carry messages out of the house.
            trust_env=False,
        )

    async def request(self, method: str = "post", *_: Any, **call: Any) -> Any:
        """The action's answer, decoded.

        Rasa passes its own arguments for the timeout and the headers; ours are set once, on the session.
        Raises `ActionFailed`, `ActionsUnreachable` if none of the addresses is of use, or
        `ClientResponseError` if the action declined.
        """
        for url in tuple(self._urls):
            try:
                return await self._ask(url, method, call["json"])
            except ActionsUnreachable as failure:
                unreachable = failure
                if self._urls[0] == url:  # whoever comes next begins with another
                    self._urls.append(self._urls.pop(0))
        raise unreachable

    async def _ask(self, url: str, method: str, body: dict[str, Any]) -> Any:
        action = body["next_action"]
        try:
            async with self._session.request(method, url, json=body) as answer:
                if answer.status != REJECTED:
                    answer.raise_for_status()
                    return await answer.json()
                declined = ClientResponseError(answer.status, answer.reason or "", await answer.text())
        except aiohttp.ClientResponseError as failure:
            kind = ActionsUnreachable if failure.status in UNREACHABLE else ActionFailed
            raise kind(f"{action}: answered {failure.status}") from failure
        except (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError) as failure:
            raise ActionsUnreachable(f"{action}: {type(failure).__name__}") from failure
        except (aiohttp.ClientError, asyncio.TimeoutError, ValueError) as failure:
            raise ActionFailed(f"{action}: {type(failure).__name__}") from failure
        raise declined

    async def close(self) -> None:
        """Close the connections kept open."""
        await self._session.close()
