"""A customer's client: what the page does, without the page."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, aclosing
from typing import Any, Self

import httpx

Said = dict[str, Any]


async def until(true: Callable[[], Awaitable[bool]]) -> None:
    """Return once something is true that nobody tells us about."""
    async with asyncio.timeout(10):
        while not await true():  # noqa: ASYNC110  (it happens in another program)
            await asyncio.sleep(0.02)


class Visitor:
    """Somebody with a token. Answers are raised for unless they are looked at with ``.http``."""

    def __init__(self, http: httpx.AsyncClient, token: str) -> None:
        self.http = http
        self.token = token

    @classmethod
    async def enter(cls, stack: AsyncExitStack, url: str, locale: str | None = None) -> Self:
        http = await stack.enter_async_context(httpx.AsyncClient(base_url=url, timeout=10))
        answer = await http.post("/chat/session", json={"locale": locale})
        token = answer.raise_for_status().json()["token"]
        http.headers["Authorization"] = f"Bearer {token}"
        return cls(http, token)

    async def say(self, message_id: str, text: str, **more: str) -> httpx.Response:
        return await self.http.post("/chat/messages", json={"id": message_id, "text": text, **more})

    async def send_file(self, message_id: str, name: str, content: bytes, text: str = "") -> httpx.Response:
        return await self.http.post(
            "/chat/files", data={"id": message_id, "text": text}, files={"file": (name, content)}
        )

    async def messages(self, after: int = 0) -> list[Said]:
        answer = await self.http.get("/chat/messages", params={"after": after})
        said: list[Said] = answer.raise_for_status().json()
        return said

    async def wait_for(self, count: int, after: int = 0) -> list[Said]:
        """The messages, once there are at least ``count``."""

        async def there() -> bool:
            return len(await self.messages(after)) >= count

        await until(there)
        return await self.messages(after)

    async def stream(self, after: int = 0) -> AsyncIterator[Said]:
        """What the stream tells, for as long as it lasts."""
        async with self.http.stream("GET", "/chat/stream", params={"after": after}) as answer:
            answer.raise_for_status()
            number = ""
            async for line in answer.aiter_lines():
                if line.startswith("id: "):
                    number = line.removeprefix("id: ")
                if line.startswith("data: "):
                    said = json.loads(line.removeprefix("data: "))
                    assert number == str(said["seq"])
                    yield said

    async def hear(self, count: int, after: int = 0) -> list[Said]:
        """The first ``count`` messages that the stream tells."""
        heard = []
        async with asyncio.timeout(10), aclosing(self.stream(after)) as stream:
            async for said in stream:
                heard.append(said)
                if len(heard) == count:
                    break
        return heard

    async def pour(self, path: str, content_type: str, start: bytes = b"") -> tuple[int, int]:
        """Send a body that does not end, until there is an answer: its status, and the bytes sent."""
        url = self.http.base_url
        reader, writer = await asyncio.open_connection(url.host, url.port)
        writer.write(
            f"POST {path} HTTP/1.1\r\nHost: {url.host}\r\nAuthorization: Bearer {self.token}\r\n"
            f"Content-Type: {content_type}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
        )
        sent = 0
        answer = asyncio.create_task(reader.readline())
        async with asyncio.timeout(30):
            while not answer.done():
                chunk = start or bytes(65_536)
                start = b""
                writer.write(b"%x\r\n%b\r\n" % (len(chunk), chunk))
                await writer.drain()
                await asyncio.sleep(0)
                sent += len(chunk)
        writer.close()
        return int((await answer).split()[1]), sent
