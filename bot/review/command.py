"""``recourse review``: the same decisions as on the console's page, from the command line."""

from __future__ import annotations

import asyncio
import getpass
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from bot.command_line import Json, plainly, print_json
from bot.settings import Settings
from complaints.complaint import Category, Severity

if TYPE_CHECKING:
    from bot.review.candidates import Candidate
    from bot.review.deciding import Outcome, Review

T = TypeVar("T")

review = typer.Typer(no_args_is_help=True, help="What the assistant was unsure of, for trainers.")

Id = Annotated[
    int, typer.Argument(metavar="ID", max=2**31 - 1, help="The message's number, as the list has it.")
]
Author = Annotated[
    str | None, typer.Option(help="Who decides; the name of this computer's user unless given.")
]


@review.command("list")
def list_(
    language: Annotated[str | None, typer.Option(help="Only messages in this language, such as es.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=200, help="At most this many.")] = 20,
    as_json: Json = False,
) -> None:
    """List messages that deserve a look, most useful first; personal data is masked."""
    with plainly() as settings:
        found = _run(settings, lambda review: review.listed(language, limit))
        if as_json:
            print_json([_as_data(candidate) for candidate in found])
        elif found:
            _show(found)
        else:
            typer.echo("Nothing to review")


@review.command()
def accept(message: Id, author: Author = None, as_json: Json = False) -> None:
    """Take a message as an example of what it seems to mean."""
    with plainly() as settings:
        _tell(_run(settings, lambda r: r.accept(message, _author(author), _now())), settings, as_json)


@review.command()
def correct(
    message: Id,
    intent: Annotated[str | None, typer.Option(help="What it means, such as enquire.")] = None,
    severity: Annotated[Severity | None, typer.Option(help="Of a complaint.")] = None,
    category: Annotated[Category | None, typer.Option(help="Of a complaint.")] = None,
    language: Annotated[str | None, typer.Option(help="If it was taken for another.")] = None,
    text: Annotated[
        str | None, typer.Option(help="The text to learn from instead; it is masked, too.")
    ] = None,
    author: Author = None,
    as_json: Json = False,
) -> None:
    """Take a message as an example of what you say it means; what is not given stays as proposed."""
    with plainly() as settings:
        from bot.review.deciding import Wish

        wish = Wish(intent, severity, category, language, text)
        _tell(_run(settings, lambda r: r.correct(message, wish, _author(author), _now())), settings, as_json)


@review.command()
def discard(message: Id, author: Author = None, as_json: Json = False) -> None:
    """Learn nothing from a message; it does not come back."""
    with plainly() as settings:
        _tell(_run(settings, lambda r: r.discard(message, _author(author), _now())), settings, as_json)


def _run(settings: Settings, work: Callable[[Review], Awaitable[T]]) -> T:
    from bot import migrating, wiring
    from bot.audit.opening import open_audited

    async def run() -> T:
        async with await open_audited(settings) as database:
            return await work(wiring.review(database, settings))

    migrating.migrate(settings.database_url)
    return asyncio.run(run())


def _show(found: list[Candidate]) -> None:
    from rich.console import Console

    console = Console(soft_wrap=True, highlight=False, markup=False)
    for one in found:
        meaning = ", ".join(str(part) for part in (one.intent, one.severity, one.category) if part)
        times = f", said {one.times} times" if one.times > 1 else ""
        console.print(f"{one.id}  [{one.language}] {meaning or 'no complaint'}{times}", style="bold")
        console.print(f"    {one.text}")
        guesses = ", ".join(f"{name} {sure:.0%}" for name, sure in one.ranking[:3])
        why = f"because: {', '.join(one.because)}" + (f"; guesses: {guesses}" if guesses else "")
        console.print(f"    {why}", style="dim")
        if one.correction:
            changed = ", ".join(f"{k} {a} -> {b}" for k, (a, b) in one.correction.changed.items())
            console.print(f"    {one.correction.by}: {changed} ({one.correction.why})", style="dim")


def _tell(done: Outcome, settings: Settings, as_json: bool) -> None:
    if as_json:
        print_json(vars(done))
        return
    if done.masked:
        typer.echo(
            f"recourse: your text held personal data ({', '.join(done.masked)}); it has been masked", err=True
        )
    if done.file:
        typer.echo(f"{settings.nlu_data_dir / done.file}: {done.intent}: {done.text}")
    else:
        typer.echo("Discarded")


def _as_data(candidate: Candidate) -> dict[str, Any]:
    correction = candidate.correction
    hidden = {"like", "guessed"}
    data = {name: value for name, value in vars(candidate).items() if name not in hidden}
    return data | {"correction": vars(correction) if correction else None}


def _author(given: str | None) -> str:
    return given or getpass.getuser()


def _now() -> datetime:
    return datetime.now(UTC)
