"""``recourse outbox``: dead letters, from the command line."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.command_line import Json, on_database, plainly, print_json

if TYPE_CHECKING:
    from channels.dead_letters import DeadLetter

outbox = typer.Typer(no_args_is_help=True, help="Messages that could not be sent, and other work given up.")

Id = Annotated[
    int, typer.Argument(metavar="ID", min=1, max=2**63 - 1, help="The letter's number, as listed.")
]
Author = Annotated[
    str | None, typer.Option(help="Who decides; the name of this computer's user unless given.")
]


@outbox.command("list")
def list_(
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most this many.")] = 100,
    as_json: Json = False,
) -> None:
    """List the dead letters, latest first, with the reason; their texts are in the console."""
    with plainly() as settings:
        from rich.console import Console
        from rich.table import Table

        from channels import dead_letters

        letters = on_database(settings, dead_letters.listed, limit=limit)
        if as_json:
            print_json([_as_data(letter) for letter in letters])
            return
        if not letters:
            typer.echo("No dead letters")
            return
        table = Table("Letter", "What", "Conversation", "Given up", "For good", "Reason", box=None)
        for one in letters:
            refused = "yes" if one.refused else "no"
            given_up = f"{one.given_up:%Y-%m-%d %H:%M}"
            table.add_row(str(one.id), one.kind, one.conversation, given_up, refused, one.reason)
        Console().print(table)


@outbox.command()
def retry(letter: Id, author: Author = None, as_json: Json = False) -> None:
    """Try a dead letter again, from its first attempt."""
    _decide(letter, "retry", author, as_json)


@outbox.command()
def discard(letter: Id, author: Author = None, as_json: Json = False) -> None:
    """Leave a dead letter as it is: it is not listed any more, and not sent."""
    _decide(letter, "discard", author, as_json)


def _decide(letter: int, decision: str, author: str | None, as_json: bool) -> None:
    with plainly() as settings:
        from channels import dead_letters
        from channels.dead_letters import Decision

        actor = f"operator:{author or getpass.getuser()}"
        decided = on_database(
            settings, dead_letters.decide, letter, Decision(decision), actor, datetime.now(UTC)
        )
        if as_json:
            print_json(_as_data(decided) | {"decision": decision, "actor": actor})
        else:
            typer.echo("It is tried again" if decision == "retry" else "Discarded")


def _as_data(letter: DeadLetter) -> dict[str, Any]:
    return {
        "id": letter.id,
        "kind": letter.kind,
        "conversation": letter.conversation,
        "refused": letter.refused,
        "reason": letter.reason,
        "attempts": letter.attempts,
        "written": letter.written,
        "given_up": letter.given_up,
    }
