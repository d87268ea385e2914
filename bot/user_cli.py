"""``recourse user``: the people at the desk. Every change is kept (`handoff.staff.accounts`)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from bot.command_line import Json, on_database, plainly, print_json

user = typer.Typer(no_args_is_help=True, help="The people at the desk.")

_Role = Annotated[str, typer.Option(help="agent, supervisor, trainer, auditor or admin.")]
_Email = Annotated[str, typer.Option(help="How the OpenID provider knows them.")]


@user.command("add")
def add(name: str, role: _Role = "agent", email: _Email = "", as_json: Json = False) -> None:
    """Add an account and print its access token, which is shown only this once."""
    with plainly() as settings:
        from handoff.staff import accounts

        wanted = _role(role)
        _, token = on_database(
            settings, accounts.add, name, wanted, accounts.OPERATOR, datetime.now(UTC), email=email
        )
        if as_json:
            print_json({"name": name, "role": role, "token": token})
        else:
            typer.echo(f"{name} may now sign in as {role}. The access token, shown only once:\n{token}")
            typer.echo(f"A link to set a password with: recourse user reset {name!r}")


@user.command("list")
def list_(as_json: Json = False) -> None:
    """List the accounts."""
    with plainly() as settings:
        from rich.console import Console
        from rich.table import Table

        from handoff.staff import account_list

        found = on_database(settings, account_list.lines, datetime.now(UTC))
        if as_json:
            print_json([line.as_json() for line in found])
            return
        table = Table("Name", "Role", "E-mail", "Active", "Password", "Token", "Sessions", box=None)
        for line in found:
            table.add_row(
                line.name, line.role, line.email, *map(_yes, (line.active, line.password, line.token)),
                str(line.sessions),
            )  # fmt: skip
        Console().print(table)


@user.command("role")
def role_(name: str, role: str, as_json: Json = False) -> None:
    """Give somebody another role, from their next click on."""
    with plainly() as settings:
        from handoff.staff import accounts

        wanted = _role(role)
        on_database(settings, accounts.set_role, name, wanted, accounts.OPERATOR, datetime.now(UTC))
        _done(as_json, name, f"is now {wanted}", role=role)


@user.command("email")
def email_(name: str, email: str, as_json: Json = False) -> None:
    """Say how the OpenID provider knows somebody; an empty address lets go of it."""
    with plainly() as settings:
        from handoff.staff import accounts

        on_database(settings, accounts.set_email, name, email, accounts.OPERATOR, datetime.now(UTC))
        _done(as_json, name, f"is {email} at the provider" if email else "has no address", email=email)


@user.command("reset")
def reset(name: str, as_json: Json = False) -> None:
    """Print a link that signs somebody in once, to set a password with; it lasts a day."""
    with plainly() as settings:
        from handoff.staff import accounts

        code = on_database(settings, accounts.reset_link, name, accounts.OPERATOR, datetime.now(UTC))
        link = f"{settings.address}/console/sign-in?code={code}&next=/console/account"
        if as_json:
            print_json({"name": name, "link": link})
        else:
            typer.echo(link)


@user.command("deactivate")
def deactivate(name: str, as_json: Json = False) -> None:
    """Close an account: token, links and sessions end at once."""
    with plainly() as settings:
        from handoff.staff import accounts

        on_database(settings, accounts.deactivate, name, accounts.OPERATOR, datetime.now(UTC))
        _done(as_json, name, "is out", active=False)


@user.command("activate")
def activate(name: str, as_json: Json = False) -> None:
    """Open a closed account again."""
    with plainly() as settings:
        from handoff.staff import accounts

        on_database(settings, accounts.activate, name, accounts.OPERATOR, datetime.now(UTC))
        _done(as_json, name, "may sign in again", active=True)


@user.command("sign-out")
def sign_out(name: str, as_json: Json = False) -> None:
    """End all of somebody's sessions and links."""
    with plainly() as settings:
        from handoff.staff import accounts

        ended = on_database(settings, accounts.end_sessions, name, accounts.OPERATOR, datetime.now(UTC))
        _done(as_json, name, f"is signed out of {ended} browser{'' if ended == 1 else 's'}", ended=ended)


@user.command("token")
def token_(
    name: str,
    revoke: Annotated[bool, typer.Option(help="Only end the old one.")] = False,
    as_json: Json = False,
) -> None:
    """Print a new access token; the old one opens nothing any more."""
    with plainly() as settings:
        from handoff.staff import accounts

        now = datetime.now(UTC)
        if revoke:
            on_database(settings, accounts.revoke_token, name, accounts.OPERATOR, now)
            _done(as_json, name, "has no access token any more", token=None)
            return
        token = on_database(settings, accounts.renew_token, name, accounts.OPERATOR, now)
        if as_json:
            print_json({"name": name, "token": token})
        else:
            typer.echo(f"The access token of {name}, shown only once:\n{token}")


@user.command("log")
def log(as_json: Json = False) -> None:
    """What was done to accounts, the latest first."""
    with plainly() as settings:
        from rich.console import Console
        from rich.table import Table

        from handoff.staff import accounts

        found = on_database(settings, accounts.changes)
        if as_json:
            print_json([change.model_dump(mode="json", exclude={"id"}) for change in found])
            return
        table = Table("When", "Who", "Whom", "What", "Detail", box=None)
        for change in found:
            when = change.at.isoformat(sep=" ", timespec="seconds")
            table.add_row(when, change.actor, change.whom, change.what, change.detail)
        Console().print(table)


@user.command("link")
def link(name: str, slack_user: str, as_json: Json = False) -> None:
    """Say which member of Slack somebody is (U024BE7LH or so), so that they can work from there."""
    with plainly() as settings:
        from handoff.slack_desk import record
        from handoff.staff import accounts

        try:
            on_database(settings, record.link, name, slack_user, accounts.OPERATOR, datetime.now(UTC))
        except ValueError as error:
            raise typer.BadParameter(str(error)) from error
        _done(as_json, name, f"is {slack_user} in Slack", slack_user=slack_user)


@user.command("unlink")
def unlink(name: str, as_json: Json = False) -> None:
    """Forget which member of Slack somebody is."""
    with plainly() as settings:
        from handoff.slack_desk import record
        from handoff.staff import accounts

        gone = on_database(settings, record.unlink, name, accounts.OPERATOR, datetime.now(UTC))
        _done(as_json, name, "is nobody in Slack any more", unlinked=gone)


def _role(role: str) -> str:
    """The role of that name. Raises `typer.BadParameter`."""
    from handoff.staff.roles import Role

    try:
        return Role(role)
    except ValueError:
        raise typer.BadParameter(f"{role!r} is none of {', '.join(Role)}") from None


def _yes(is_so: bool) -> str:
    return "yes" if is_so else "-"


def _done(as_json: bool, name: str, what: str, **values: object) -> None:
    if as_json:
        print_json({"name": name, **values})
    else:
        typer.echo(f"{name} {what}")
