"""``recourse webhook``: which systems are told what happens to cases, and how that goes."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.command_line import Json, on_database, plainly, print_json

if TYPE_CHECKING:
    from handoff.webhooks.keeping import Line
    from handoff.webhooks.record import Endpoint

webhook = typer.Typer(no_args_is_help=True, help="Systems that are told what happens to cases.")

_Number = Annotated[int, typer.Argument(metavar="ID", min=1, max=2**31 - 1, help="As listed.")]


@webhook.command()
def add(
    url: Annotated[str, typer.Argument(help="Where to send events: https://...")],
    event: Annotated[
        list[str] | None, typer.Option(help="Only this type of event; may be given again. Else all.")
    ] = None,
    description: Annotated[str, typer.Option(help="What it is, for people.")] = "",
    details: Annotated[
        bool, typer.Option("--details", help="Personal data goes along: names, what customers wrote.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Add an endpoint and print its secret, which is shown only this once."""
    with plainly() as settings:
        from handoff.webhooks import endpoints

        endpoint, secret = on_database(
            settings, endpoints.add, url, settings.webhook_reach, settings.secret_key, types=event or [],
            description=description, details=details, actor=_actor(), now=_now(),
        )  # fmt: skip
        if as_json:
            print_json(_as_data(endpoint) | {"secret": secret})
        else:
            typer.echo(f"Webhook {endpoint.id}. Its secret, shown only once:\n{secret}")
            typer.echo(f"Try it: recourse webhook test {endpoint.id}")


@webhook.command("list")
def list_(as_json: Json = False) -> None:
    """List the endpoints: whether they are on, what waits, what was given up."""
    with plainly() as settings:
        from rich.console import Console
        from rich.table import Column, Table

        from handoff.webhooks import endpoints, keeping

        found: list[Endpoint] = on_database(settings, endpoints.every)
        counts: dict[int, dict[str, int]] = on_database(settings, keeping.counts)
        if as_json:
            print_json([_as_data(one) | {"deliveries": counts.get(one.id or 0, {})} for one in found])
            return
        table = Table(
            "Webhook",
            Column("Address", overflow="fold"),
            "Events",
            "State",
            "Waiting",
            "Failed",
            "Delivered",
            box=None,
        )
        for one in found:
            of_this = counts.get(one.id or 0, {})
            numbers = (str(of_this.get(state, 0)) for state in ("waiting", "failed", "delivered"))
            state = f"{one.state}: {one.state_reason}" if one.state_reason else one.state
            table.add_row(str(one.id), one.url, ", ".join(one.types) or "all", state, *numbers)
        Console().print(table)


@webhook.command()
def disable(number: _Number, as_json: Json = False) -> None:
    """Tell an endpoint nothing until it is enabled again; what waits for it stays."""
    with plainly() as settings:
        from handoff.webhooks import endpoints

        _show(on_database(settings, endpoints.disable, number, actor=_actor(), now=_now()), as_json)


@webhook.command()
def enable(number: _Number, as_json: Json = False) -> None:
    """Tell an endpoint again, beginning with what has waited for it."""
    with plainly() as settings:
        from handoff.webhooks import endpoints

        since = next((e.state_at for e in on_database(settings, endpoints.every) if e.id == number), None)
        _show(on_database(settings, endpoints.enable, number, actor=_actor(), now=_now()), as_json)
        if since and not as_json:
            typer.echo(
                f"What happened meanwhile: recourse webhook replay {number} --since {since:%Y-%m-%dT%H:%M}"
            )


@webhook.command()
def remove(number: _Number, as_json: Json = False) -> None:
    """Forget an endpoint, what waits for it and what it was told."""
    with plainly() as settings:
        from handoff.webhooks import endpoints

        on_database(settings, endpoints.remove, number)
        _done(as_json, f"Webhook {number} is gone", removed=number)


@webhook.command()
def rotate(number: _Number, as_json: Json = False) -> None:
    """Print a new secret, shown only this once; for a day the old one signs as well."""
    with plainly() as settings:
        from handoff.webhooks import endpoints

        secret = on_database(settings, endpoints.rotate, number, settings.secret_key, _now())
        _done(as_json, f"The new secret, shown only once:\n{secret}", id=number, secret=secret)


@webhook.command()
def deliveries(
    number: _Number,
    state: Annotated[str, typer.Option(help="Only those waiting, delivered or failed.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most this many, the latest first.")] = 50,
    as_json: Json = False,
) -> None:
    """List deliveries to an endpoint with each attempt: when, how long, what was answered."""
    with plainly() as settings:
        from rich.console import Console
        from rich.table import Table

        from handoff.webhooks import keeping

        lines: list[Line] = on_database(settings, keeping.deliveries, number, state=state, limit=limit)
        if as_json:
            print_json([_delivery(line) for line in lines])
            return
        table = Table("Delivery", "Event", "State", "Attempts", "Last", "Next (UTC)", box=None)
        for line in lines:
            last = line.attempts[0] if line.attempts else None
            said = str(last.status or last.error) if last else ""
            due = f"{line.delivery.next_at:%Y-%m-%d %H:%M:%S}" if line.delivery.next_at else ""
            table.add_row(
                str(line.delivery.id),
                line.message.type,
                line.delivery.state,
                str(len(line.attempts)),
                said,
                due,
            )
        Console().print(table)


@webhook.command()
def replay(
    number: _Number,
    delivery: Annotated[int | None, typer.Option(help="Only this delivery, by its number.")] = None,
    since: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M"], help="All events since then, UTC."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Send one delivery, or all events since a time, again; each keeps its webhook-id."""
    if (delivery is None) == (since is None):
        raise typer.BadParameter("give either --delivery or --since")
    with plainly() as settings:
        from handoff.webhooks import replaying

        if delivery is not None:
            on_database(settings, replaying.replay, number, delivery, _now())
        elif since is not None:
            on_database(settings, replaying.replay_since, number, since.replace(tzinfo=UTC), _now())
        _done(as_json, "It is sent again", id=number)


@webhook.command("test")
def try_(number: _Number, as_json: Json = False) -> None:
    """Send a test event; `recourse webhook deliveries` shows how it went."""
    with plainly() as settings:
        from handoff.webhooks import replaying

        sent = on_database(settings, replaying.test, number, _now())
        _done(as_json, f"Sent as delivery {sent.id}", id=number, delivery=sent.id)


def _show(endpoint: Endpoint, as_json: bool) -> None:
    _done(as_json, f"Webhook {endpoint.id} is {endpoint.state}", **_as_data(endpoint))


def _done(as_json: bool, text: str, **data: Any) -> None:
    if as_json:
        print_json(data)
    else:
        typer.echo(text)


def _as_data(endpoint: Endpoint) -> dict[str, Any]:
    """All but the names of its secrets."""
    return endpoint.model_dump(mode="json", exclude={"key", "old_key"})


def _delivery(line: Line) -> dict[str, Any]:
    attempts = [a.model_dump(mode="json", exclude={"id", "delivery", "reference"}) for a in line.attempts]
    about = {"webhook_id": line.message.uid, "type": line.message.type, "timestamp": line.message.at}
    return (
        line.delivery.model_dump(mode="json", exclude={"message", "serial"}) | about | {"attempts": attempts}
    )


def _actor() -> str:
    return f"operator:{getpass.getuser()}"


def _now() -> datetime:
    return datetime.now(UTC)
