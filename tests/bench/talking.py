"""Both sides in service, and a customer who writes and waits for the answer.

Stock Rasa is spoken to as its REST channel wants it. Our program gets a signed webhook of Twilio's, and the
answer counts when the API has it: stored, understood, answered and sent, with a commit at each step.
"""

from __future__ import annotations

import asyncio
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol, Self

import aiohttp
from starlette.responses import Response

from complaints.facts import Facts, Offer
from tests.bench.sides import ROOT, TOKEN, WORK, Process, our_command, serving, stock_command
from tests.end_to_end.running import free_port, run, without_models
from tests.platforms import twilio

PATIENCE = 60.0  # seconds for one answer; whoever needs more has lost it


class Bot(Protocol):
    """One side, as a customer sees it."""

    engine: Process
    processes: Sequence[Process]  # all of them, the engine's too

    async def __aenter__(self) -> Self: ...

    async def __aexit__(self, *_: object) -> None: ...

    async def say(self, customer: int, text: str) -> str:
        """Write; the answer, once it is there."""
        ...


class _Caller:
    """An HTTP client with as many connections as there are conversations."""

    def __init__(self, url: str, engine: Process, *beside: Process) -> None:
        self.url, self.engine, self.beside, self.processes = url, engine, beside, (engine, *beside)

    async def __aenter__(self) -> Any:
        self.http = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=2))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.http.close()


class StockBot(_Caller):
    """Stock Rasa behind its REST channel. The facts come with the message, so they cost it nothing."""

    async def say(self, customer: int, text: str) -> str:
        body = {"sender": f"customer-{customer}", "message": text, "metadata": _METADATA}
        async with self.http.post(self.url, json=body) as answer:
            said: list[dict[str, Any]] = await answer.json()
        return "\n".join(reply["text"] for reply in said if "text" in reply)  # others are commands


class OurBot(_Caller):
    """The whole program behind Twilio."""

    def __init__(self, phone: Phone, url: str, engine: Process, *beside: Process) -> None:
        super().__init__(url, engine, *beside)
        self.phone = phone

    async def __aenter__(self) -> Self:
        self.phone.loop = asyncio.get_running_loop()
        return await super().__aenter__()  # type: ignore[no-any-return]

    async def __aexit__(self, *_: object) -> None:
        self.phone.loop = None  # what is answered from now on is nobody's news
        await super().__aexit__()

    async def say(self, customer: int, text: str) -> str:
        await self.deliver(customer, text)
        return await asyncio.wait_for(self.phone.inboxes[_number(customer)].get(), PATIENCE)

    async def deliver(self, customer: int, text: str) -> None:
        """Until the webhook is accepted."""
        webhook = self.phone.webhook_for("text", text=text, chat=_number(customer))
        async with self.http.post(self.url, data=webhook.body, headers=webhook.headers) as answer:
            answer.raise_for_status()


class Phone(twilio.TwilioServer):
    """Twilio's API; tells the customers when their answer is there."""

    def __init__(self) -> None:
        self.loop: asyncio.AbstractEventLoop | None = None
        self.inboxes: dict[str, asyncio.Queue[str]] = defaultdict(asyncio.Queue)
        super().__init__()

    async def _create(self, fields: dict[str, Any]) -> Response:
        taken = await super()._create(fields)
        if taken.status_code == 201 and self.loop is not None:
            self.loop.call_soon_threadsafe(self.inboxes[fields["To"]].put_nowait, fields["Body"])
        return taken


@contextmanager
def stock_bot(model: Path) -> Iterator[StockBot]:
    """`rasa run` with the REST channel, and the SDK's action server."""
    port, actions = free_port(), free_port()
    endpoints, credentials = WORK / "endpoints.yml", WORK / "credentials.yml"
    endpoints.write_text(f"action_endpoint:\n  url: http://127.0.0.1:{actions}/webhook\n", encoding="utf-8")
    credentials.write_text("rest:\n", encoding="utf-8")
    server = [sys.executable, "-m", "tests.bench.stock_actions", str(actions)]
    with (
        serving(server, actions, "/health", {"SANIC_HOST": "127.0.0.1", "PYTHONPATH": str(ROOT)}) as beside,
        serving(stock_command(model, port, endpoints, credentials), port, "/status") as engine,
    ):
        yield StockBot(f"http://127.0.0.1:{port}/webhooks/rest/webhook", engine, beside)


@contextmanager
def our_bot(models: Path, *, workers: int = 1) -> Iterator[OurBot]:
    """The engine and the program's processes, as `recourse up` starts them, on SQLite in a fresh folder."""
    with ExitStack() as stack:
        phone = stack.enter_context(Phone())
        data = Path(stack.enter_context(TemporaryDirectory()))
        engine_port = free_port()
        settings = without_models(
            data,
            PYTHONPATH=str(ROOT),
            RECOURSE_PUBLIC_URL="https://example.org",
            RECOURSE_ENGINE_URL=f"http://127.0.0.1:{engine_port}",
            RECOURSE_ENGINE_TOKEN=TOKEN,
            RECOURSE_ACTIONS_TOKEN=TOKEN,
            TWILIO_ACCOUNT_SID=twilio.ACCOUNT,
            TWILIO_AUTH_TOKEN=twilio.AUTH_TOKEN,
            TWILIO_SMS_FROM=twilio.SMS_FROM,
            TWILIO_API_URL=phone.url,
        )
        settings["RECOURSE_ACTIONS_URL"] = f"http://127.0.0.1:{settings['RECOURSE_ACTIONS_PORT']}/actions"
        migrated = run(settings, "migrate")
        if migrated.returncode != 0:
            raise RuntimeError(migrated.stderr)
        engine = stack.enter_context(
            serving(our_command(models, engine_port), engine_port, "/healthz", settings)
        )
        port = int(settings["RECOURSE_PORT"])
        command = [sys.executable, "-m", "bot"]
        beside = [stack.enter_context(serving([*command, "web"], port, "/healthz", settings))]
        for _ in range(workers):
            own = free_port()
            known = settings | {"RECOURSE_METRICS_PORT": str(own)}
            beside.append(stack.enter_context(serving([*command, "worker"], own, "/healthz", known)))
        yield OurBot(phone, f"http://127.0.0.1:{port}/hooks/twilio", engine, *beside)


def _number(customer: int) -> str:
    return f"+34600{customer:06d}"


_METADATA = {
    "payload": {},
    "facts": Facts(
        now=datetime.now(UTC),
        language="en",
        channel="sms",
        organisation="Recourse",
        emergency="Call 112.",
        country="GB",
        time_zone="UTC",
        offer=Offer(
            reference="RC-7K2M9P4V",
            update_by="Friday, 28 November",
            respond_by="Friday, 5 December",
            queue_position=1,
            opening="We open on Monday at 09:00.",
            open_now=False,
            reach="by SMS to this number",
        ),
        contact_known=True,
    ).model_dump(mode="json"),
}
