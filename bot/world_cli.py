"""``recourse world``: the operator's own files, checked and begun. See ``docs/world.md``.

Its commands need no other setting: files that are wrong would stop the reading of those.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

import typer
from pydantic import AliasChoices, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.command_line import Json, print_json
from complaints.world import reading
from complaints.world.problems import BadWorld

EXAMPLE = Path(__file__).parent.parent / "docs/world/example"

world = typer.Typer(no_args_is_help=True, help="Your own products, categories, remedies, wording and hours.")


class _Place(BaseSettings):
    """The one setting that matters here."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", env_ignore_empty=True)

    world_dir: Path | None = Field(None, validation_alias=AliasChoices("RECOURSE_WORLD"))


@world.command("check")
def check(
    path: Annotated[Path | None, typer.Argument(help="The folder; without it, RECOURSE_WORLD.")] = None,
    as_json: Json = False,
) -> None:
    """Say all that is wrong with the files: file, line, key, what is wrong, and what to do."""
    folder = path or _Place().world_dir
    if folder is None:
        typer.echo("recourse: name a folder, or set RECOURSE_WORLD", err=True)
        raise typer.Exit(1)
    try:
        found = reading.read(folder)
    except BadWorld as error:
        if as_json:
            print_json([vars(problem) for problem in error.problems])
        else:
            for problem in error.problems:
                typer.echo(str(problem))
        raise typer.Exit(1) from None
    if as_json:
        print_json([])
    else:
        typer.echo(f"{folder}: {found}")


@world.command("init")
def init(path: Annotated[Path, typer.Argument(help="The folder to make.")], as_json: Json = False) -> None:
    """Write the files of an invented shop, to be changed; nothing that is there is touched."""
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        typer.echo(f"recourse: {path} is there already, and not empty: name another folder", err=True)
        raise typer.Exit(1)
    shutil.copytree(EXAMPLE, path, dirs_exist_ok=True)
    files = sorted(str(file.relative_to(path)) for file in path.rglob("*.yml"))
    if as_json:
        print_json({"folder": path, "files": files})
    else:
        typer.echo(f"Written to {path}: {', '.join(files)}")
        typer.echo(f"Change them, say `recourse world check {path}`, set RECOURSE_WORLD={path}, and restart")
