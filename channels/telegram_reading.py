"""What an update from Telegram means to us: pure, from the library's types to ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from telegram import CallbackQuery, MaybeInaccessibleMessage, Message, MessageEntity, Update
from telegram.constants import ChatType

from channels.message import Address, Attachment, Inbound, InboundKind

ALLOWED_UPDATES = ("message", "edited_message", "callback_query")
"""The kinds of update that we ask for. Any other kind means nothing to us."""

_MEDIA_TYPES: Mapping[str, str] = {
    "animation": "video/mp4",  # before document: it comes with one, for clients that know no animations
    "document": "application/octet-stream",
    "voice": "audio/ogg",
    "audio": "audio/mpeg",
    "video": "video/mp4",
    "video_note": "video/mp4",
}


def read(update: Update, bot_id: int | None, bot_name: str | None) -> Inbound | None:
    """The message that ``update`` holds for us, if any.

    ``bot_id`` and ``bot_name`` say whom a group's members address. What this raises for an update
    of another shape is not specified.
    """
    delivery = str(int(update.update_id))
    if update.callback_query is not None:
        return _pressed(delivery, update.callback_query)
    if update.edited_message is not None:
        edited = update.edited_message
        return _written(delivery, edited, edit=True) if _is_private(edited) else None
    message = update.message
    if message is None:
        return None
    if _is_private(message):
        return _written(delivery, message)
    return _said_in_group(delivery, message) if _is_meant(message, bot_id, bot_name) else None


def _is_private(message: Message) -> bool:
    sender = message.from_user
    return message.chat.type == ChatType.PRIVATE and sender is not None and not sender.is_bot


def _is_meant(message: Message, bot_id: int | None, bot_name: str | None) -> bool:
    """Whether a message in a group is for the bot: a reply to it, its name, or a command."""
    if message.from_user and message.from_user.is_bot:
        return False
    earlier = message.reply_to_message
    if earlier and earlier.from_user and earlier.from_user.id == bot_id:
        return True
    for entity, words in {**message.parse_entities(), **message.parse_caption_entities()}.items():
        if entity.type == MessageEntity.TEXT_MENTION:
            meant = entity.user is not None and entity.user.id == bot_id
        elif entity.type in (MessageEntity.MENTION, MessageEntity.BOT_COMMAND):
            _, at, name = words.rpartition("@")
            # With privacy mode on, a bare command reaches only the bots it may be for.
            meant = _is_our_name(name, bot_name) if at else True
        else:
            meant = False
        if meant:
            return True
    return False


def _is_our_name(name: str, bot_name: str | None) -> bool:
    """Until our name is known, any bot's: they all end in "bot", and others' rarely reach us."""
    return name.lower() == bot_name.lower() if bot_name else name.lower().endswith("bot")


def _address(message: MaybeInaccessibleMessage) -> Address:
    """The chat and, in groups or private chats with topics, the topic to answer in."""
    topic = message.message_thread_id if isinstance(message, Message) and message.is_topic_message else None
    return Address("telegram", str(int(message.chat.id)), {"topic": str(topic)} if topic else {})


def _written(delivery: str, message: Message, *, edit: bool = False) -> Inbound | None:
    text, attachments, kind = _content(message)
    if kind is None:
        return None
    sender, contact = message.from_user, message.contact
    own = contact is not None and sender is not None and contact.user_id == sender.id
    name = str(int(message.message_id))
    return Inbound(
        address=_address(message),
        provider_id=delivery,
        text=text,
        kind=InboundKind.EDIT if edit else kind,
        attachments=attachments,
        sender_name=sender.full_name if sender else None,
        sender_phone=contact.phone_number if contact and own else None,
        locale=sender.language_code if sender else None,
        sent_at=message.edit_date if edit else message.date,
        order=None if edit else int(message.message_id),
        album=message.media_group_id,
        message_id=None if edit else name,
        revises=name if edit else None,
    )


def _said_in_group(delivery: str, message: Message) -> Inbound:
    return Inbound(
        address=_address(message),
        provider_id=delivery,
        text=message.text or message.caption or "",
        kind=InboundKind.PUBLIC,
        locale=message.from_user.language_code if message.from_user else None,
        sent_at=message.date,
        order=int(message.message_id),
        message_id=str(int(message.message_id)),
    )


def _pressed(delivery: str, query: CallbackQuery) -> Inbound | None:
    message, token = query.message, query.data
    if message is None or token is None or message.chat.type != ChatType.PRIVATE:
        return None
    return Inbound(
        address=_address(message),
        provider_id=delivery,
        text=_title(message, token),
        button=token,
        sender_name=query.from_user.full_name,
        locale=query.from_user.language_code,
    )


def _title(message: object, token: str) -> str:
    """What the pressed button says, if the message is not too old to be shown to us."""
    if isinstance(message, Message) and message.reply_markup:
        for row in message.reply_markup.inline_keyboard:
            for button in row:
                if button.callback_data == token:
                    return str(button.text)
    return ""


def _content(message: Message) -> tuple[str, tuple[Attachment, ...], InboundKind | None]:
    """Text, files and kind of a message; no kind for what nobody wrote ("X pinned a message")."""
    text = message.text or message.caption or ""
    attachments = _attachments(message)
    if text or attachments:
        return text, attachments, InboundKind.MESSAGE
    if message.contact:
        contact = message.contact
        words = (contact.first_name, contact.last_name, contact.phone_number)
        return " ".join(filter(None, words)), (), InboundKind.MESSAGE
    if message.location:
        place = [message.venue.title, message.venue.address] if message.venue else []
        # RFC 5870: an agent can open it, and it needs no language.
        geo = f"geo:{message.location.latitude},{message.location.longitude}"
        return "\n".join([*place, geo]), (), InboundKind.UNSUPPORTED
    if message.sticker:
        return message.sticker.emoji or "", (), InboundKind.UNSUPPORTED
    return "", (), InboundKind.UNSUPPORTED if message.effective_attachment else None


def _attachments(message: Message) -> tuple[Attachment, ...]:
    if message.photo:
        largest = max(message.photo, key=lambda size: size.width * size.height)
        name = f"photo-{largest.file_unique_id}.jpg"
        return (Attachment(largest.file_id, "image/jpeg", name, largest.file_size),)
    for kind, usual in _MEDIA_TYPES.items():
        file: Any = getattr(message, kind)
        if file:
            media_type = getattr(file, "mime_type", None) or usual
            name = getattr(file, "file_name", None) or f"{kind}-{file.file_unique_id}"
            return (Attachment(file.file_id, media_type, name, file.file_size),)
    return ()
