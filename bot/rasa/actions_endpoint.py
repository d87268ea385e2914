"""Calls the program's custom actions over HTTP."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
from rasa.utils.endpoints import ClientResponseError, EndpointConfig

TIMEOUT_SECONDS = 5.0
"""An action only turns facts into commands; one that takes longer has failed."""

REJECTED = 400
"""How an action declines to run, which lets the rules choose another. Everything else is a failure."""


class ActionFailed(RuntimeError):
    """A custom action could not be run: unreachable, too slow, or answered with an error."""


class ActionsEndpoint(EndpointConfig):
    """Where the custom actions are. Keeps its connections open, so it belongs to one event loop."""

    def __init__(self, url: str, token: str) -> None:
        super().__init__(url, enable_selective_domain=True)
        self._session = aiohttp.ClientSession(
            headers={"Authorization": f"Bearer {token}"},
            timeout=aiohttp.ClientTimeout(total=TIMEOUT_SECONDS),
            # The peer is near; a proxy from the environment would carry messages out of the house.
            trust_env=False,
        )

    async def request(self, method: str = "post", *_: Any, **call: Any) -> Any:
        """The action's answer, decoded.

        Rasa passes its own arguments for the timeout and the headers; ours are set once, on the session.
        Raises `ActionFailed`, or `ClientResponseError` if the action declined.
        """
        body = call["json"]
        # Rasa leaves the domain out unless the action asks for it; without the key the SDK answers 449.
        body.setdefault("domain", {})
        action = body["next_action"]
        try:
            async with self._session.request(method, self.url, json=body) as answer:
                if answer.status != REJECTED:
                    answer.raise_for_status()
                    return await answer.json()
                declined = ClientResponseError(answer.status, answer.reason or "", await answer.text())
        except (aiohttp.ClientError, asyncio.TimeoutError, ValueError) as failure:
            raise ActionFailed(f"{action}: {type(failure).__name__}: {failure}") from failure
        raise declined

    async def close(self) -> None:
        """Close the connections kept open."""
        await self._session.close()
