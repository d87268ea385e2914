"""``recourse case export``: a case as a document, a ZIP file or a folder. It is an event of the case."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from bot.command_line import Json, on_database, plainly, print_json

_To = Annotated[Path, typer.Option("--to", help="A .zip or .pdf file, or a folder.")]
_Language = Annotated[str, typer.Option(help="Of the labels: en or es. What people wrote stays as it is.")]


def export(
    reference: Annotated[str, typer.Argument(metavar="REF")],
    to: _To,
    language: _Language = "en",
    as_json: Json = False,
) -> None:
    """Write everything on record about a case: form, transcript, dates, letters, files, trail."""
    with plainly() as settings:
        from handoff.case_documents import archive, exporting
        from handoff.case_documents.record import Copy
        from handoff.case_file import read_reference
        from handoff.console.words import LANGUAGES
        from handoff.staff import accounts

        if language not in LANGUAGES:
            raise typer.BadParameter(f"{language!r} is none of {', '.join(LANGUAGES)}")
        if to.suffix in (".zip", ".pdf") and not to.parent.is_dir():
            raise typer.BadParameter(f"{to.parent} is no folder")
        form = to.suffix.removeprefix(".") if to.suffix in (".zip", ".pdf") and not to.is_dir() else "folder"
        now = datetime.now(UTC)
        copy = Copy(accounts.OPERATOR, now, settings.organisation, settings.time_zone)
        record = on_database(settings, exporting.export, read_reference(reference), form, copy, now)
        match form:
            case "zip":
                archive.write_zip(record, settings.data_dir, language, to)
            case "pdf":
                to.write_bytes(archive.pdf(record, settings.data_dir, language))
            case _:
                archive.write_folder(record, settings.data_dir, language, to)
        if as_json:
            print_json({"reference": record["case"]["reference"], "form": form, "path": str(to)})
        else:
            typer.echo(f"{record['case']['reference']} is in {to}; it holds personal data: keep it safe")
