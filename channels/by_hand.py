"""Telephone, counter, letter and e-mail as a channel: nothing is sent by us, a person does it and says so.

A complaint that came in that way is one like all others, with a conversation and a transcript. What is to be
said to its customer goes through the outbox like everything else; there it becomes somebody's task
(`bot.sending`, `handoff.casework.by_hand`). E-mail is among them since the program has no mailbox.
"""

from __future__ import annotations

from channels.channel import BY_HAND, DeliveryFailed, LeftToPeople, Receipt, Rejected, Request
from channels.message import Attachment, Outbound

HOOK = "by_hand"


class ByHand:
    """The adapter of the channels that people work."""

    name = HOOK
    channels = tuple(BY_HAND)

    def receive(self, request: Request) -> Receipt:
        """There is no platform that could call. Raises `Rejected`."""
        del request
        raise Rejected("nobody calls us here: people take these complaints down", status=400)

    async def send(self, message: Outbound) -> str:
        """Raises `LeftToPeople`."""
        raise LeftToPeople(f"message {message.id} is to be delivered by a person")

    async def find(self, message: Outbound) -> None:
        """Nothing has left by itself."""
        del message

    async def fetch(self, attachment: Attachment, limit: int) -> bytes:
        """Files come with the complaint itself, and are kept with it. Raises `DeliveryFailed`."""
        del limit
        raise DeliveryFailed(f"{attachment.locator} cannot be fetched anew", permanent=True)

    async def close(self) -> None:
        """Nothing is held open."""
