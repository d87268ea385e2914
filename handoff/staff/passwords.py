"""Passwords: which are good enough, how they are kept, and whether one is right.

Kept as argon2id with the parameters that RFC 9106 recommends where memory matters (64 MiB, 3
passes, 4 lanes): about 50 ms of a processor. So hashing and checking are done outside transactions
and away from the event loop, a few at a time.
"""

from __future__ import annotations

import asyncio
import re
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY
from sqlmodel import Session

from handoff.staff import agents
from handoff.staff.agents import AccountError, Agent, Came, Method, SignInRefused

SHORTEST, LONGEST = 12, 200
"""Characters. No rule asks for digits or signs: length is what helps (NIST SP 800-63B-4, 3.1.1.2)."""

_FEWEST = 5  # different characters
_WORD = 4  # letters of a name's part that must not be most of a password
_LEET = str.maketrans("013457@$!", "oieastasi")

_HASHER = PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)
# 128 MiB and eight lanes at most, however many try to sign in.
_TWO_AT_ONCE = ThreadPoolExecutor(2, "passwords")


class BadPassword(AccountError):
    """The password is not good enough; the text says why, and ``key`` to the console's catalogue."""

    def __init__(self, key: str, text: str) -> None:
        super().__init__(text)
        self.key = key


@dataclass(frozen=True)
class Stored:
    """What is kept of somebody's password; ``hash`` is ``None`` where there is no account, or none set."""

    agent_id: int | None
    hash: str | None


@dataclass(frozen=True)
class Verdict:
    """Whether a password is right. ``renewed`` is its hash by today's parameters, if they have changed."""

    right: bool
    renewed: str | None = None


def check(password: str, *about: str) -> str:
    """The password as it is hashed (Unicode NFKC). ``about`` are words that it must not be made of.

    Raises `BadPassword`.
    """
    password = _normal(password)
    if len(password) < SHORTEST:
        raise BadPassword(
            "short", f"a password has at least {SHORTEST} characters; a few words make a good one"
        )
    if len(password) > LONGEST:
        raise BadPassword("long", f"a password has at most {LONGEST} characters")
    if len(set(password.casefold())) < _FEWEST:
        raise BadPassword("repeats", "this password repeats itself: use more different characters")
    reduced, letters = _reduced(password), _letters(password)
    if reduced in _common() or letters in _common() or password.casefold() in _common():
        raise BadPassword("common", "this is one of the passwords that everybody tries first: choose another")
    for word in _words(about):
        if word in (reduced, letters) or (word in password.casefold() and len(word) * 2 > len(password)):
            raise BadPassword("name", "this password is made of your name or ours: choose another")
    return password


def stored(session: Session, name: str) -> Stored:
    """What is kept of the password of ``name``, be there such an account or not."""
    agent = agents.named(session, name)
    if agent is None or not agent.active:
        return Stored(None, None)
    return Stored(agent.id, agent.password_hash)


async def hashed(password: str) -> str:
    """What is kept of a password that has passed `check`."""
    return await asyncio.get_running_loop().run_in_executor(_TWO_AT_ONCE, _HASHER.hash, password)


async def verify(kept: str | None, password: str) -> Verdict:
    """Whether ``password`` is the one kept. It takes as long where none is kept: names are not told apart."""
    given = _normal(password[: LONGEST + 1])
    return await asyncio.get_running_loop().run_in_executor(_TWO_AT_ONCE, _verify, kept, given)


def _verify(kept: str | None, password: str) -> Verdict:
    try:
        _HASHER.verify(kept or _nobodys(), password)
    except (VerificationError, InvalidHashError):
        return Verdict(right=False)
    if kept is None:
        return Verdict(right=False)
    return Verdict(True, _HASHER.hash(password) if _HASHER.check_needs_rehash(kept) else None)


@cache
def _nobodys() -> str:
    return _HASHER.hash("the password of nobody")


def _normal(password: str) -> str:
    return unicodedata.normalize("NFKC", password)


def _letters(text: str) -> str:
    """Only the letters of a text: ``Password-2026!`` is password."""
    return re.sub(r"[\W\d_]", "", text.casefold())


def _reduced(text: str) -> str:
    """The same, with digits read as the letters that they stand for: ``p4ssw0rd!!!`` is password."""
    core = re.sub(r"[\W\d_]+$|^[\W\d_]+", "", text.casefold())
    return re.sub(r"[\W\d_]", "", core.translate(_LEET))


def _words(about: tuple[str, ...]) -> set[str]:
    whole = {_letters(text) for text in about}
    parts = {_letters(part) for text in about for part in text.split()}
    doubled = {word * 2 for word in whole | parts}
    return {word for word in whole | parts | doubled if len(word) >= _WORD}


@cache
def _common() -> frozenset[str]:
    lines = (Path(__file__).parent / "common_passwords.txt").read_text().splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))


def locked(session: Session, agent_id: int) -> Agent:
    """The account as it is now, its row locked until the transaction ends."""
    return session.get_one(Agent, agent_id, populate_existing=True, with_for_update=True)


def admit(session: Session, found: Stored, verdict: Verdict, now: datetime, came: Came) -> str:
    """A session for whom `verify` found right; its token. Raises `SignInRefused`.

    The password may have been changed, or the account closed, while it was being verified.
    """
    if not verdict.right or found.agent_id is None:
        raise SignInRefused("name or password is wrong")
    agent = locked(session, found.agent_id)
    if agent.password_hash != found.hash:
        raise SignInRefused("name or password is wrong")
    who = agents.person(agent)
    if verdict.renewed is not None:
        agent.password_hash = verdict.renewed
        session.add(agent)
    return agents.start(session, who, Method.PASSWORD, now, came)
