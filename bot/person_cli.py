"""``recourse person``: what is held of one person."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from bot.command_line import Json, on_database, plainly, print_json

person = typer.Typer(no_args_is_help=True, help="What is held of one person.")


@person.callback()
def _group() -> None:
    """A group although it has one command: more belong here."""


@person.command("export")
def export(
    wanted: Annotated[
        str,
        typer.Argument(
            metavar="PERSON", help="An e-mail address, a phone number, a conversation, a reference."
        ),
    ],
    to: Annotated[Path, typer.Option("--to", help="The ZIP file to write.")],
    language: Annotated[str, typer.Option(help="Of the labels in transcripts: en or es.")] = "en",
    as_json: Json = False,
) -> None:
    """Write all that is held of a person, to give it to them: read it first, for it may name others."""
    with plainly() as settings:
        from bot import person_export
        from handoff.case_documents.record import Copy
        from handoff.console.words import LANGUAGES
        from handoff.staff import accounts

        if language not in LANGUAGES:
            raise typer.BadParameter(f"{language!r} is none of {', '.join(LANGUAGES)}")
        if not to.parent.is_dir() or to.is_dir():
            raise typer.BadParameter(f"{to} is no place for a file")
        now = datetime.now(UTC)
        copy = Copy(accounts.OPERATOR, now, settings.organisation, settings.time_zone)
        found = on_database(settings, person_export.gather, wanted, copy, now)
        person_export.write_zip(found, settings.data_dir, language, to)
        counts = {name: len(found[name]) for name in ("conversations", "cases", "feedback")}
        if as_json:
            print_json({"path": str(to), **counts})
        else:
            told = ", ".join(f"{count} {name}" for name, count in counts.items())
            typer.echo(f"{to} holds {told}: read it before you give it away")
