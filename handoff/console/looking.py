"""How pages and streams read what they show: each person's own by itself, what is common once for all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType

from fastapi import Request

from handoff.console import listing, sign_in, views
from handoff.console.listing import Listing, Shared
from handoff.console.look import Look, look_of
from handoff.console.settings import ConsoleSettings
from handoff.console.views import Region, View
from handoff.database import Database

NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Eyes:
    """Reads for everybody who has a page open in this process."""

    database: Database
    settings: ConsoleSettings
    _lists: Shared[Listing] = field(default_factory=Shared)
    _regions: Shared[Region] = field(default_factory=Shared)

    async def view(
        self,
        request: Request,
        reference: str | None,
        typed: Mapping[str, str] = NOTHING,
        *,
        whole: bool = False,
    ) -> View:
        """The page of a case, or of the queue, for whoever asks.

        Raises `SignInRefused`, `UnknownReference`.
        """
        return await self.database.read(
            views.read,
            sign_in.cookie_of(request),
            reference,
            self.settings,
            look_of(request),
            typed,
            now(),
            whole=whole,
        )

    async def listing(self, name: str, shown: int, since: float) -> Listing:
        """A list as it was at ``since`` (`time.monotonic`) or later."""

        async def make() -> Listing:
            return await self.database.read(listing.read, name, shown, now())

        return await self._lists.get((name, shown), since, make)

    async def list_region(self, name: str, shown: int, look: Look, since: float) -> Region:
        """The same as a part of the page."""

        async def make() -> Region:
            return views.list_region(await self.listing(name, shown, since), self.settings, look)

        return await self._regions.get((name, shown, look.language), since, make)

    async def signs_region(self, view: View) -> Region:
        """Who is there now, at the case of ``view``."""
        assert view.case is not None
        found = await self.database.read(views.read_signs, view.case["conversation"], view.person.name, now())
        return views.signs_region(found, view)


def now() -> datetime:
    """The time of a request."""
    return datetime.now(UTC)
