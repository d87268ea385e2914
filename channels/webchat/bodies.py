"""What clients send, read with limits and refused with a remedy."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, TypeVar

from fastapi import HTTPException, Request
from pydantic import BaseModel, BeforeValidator, Field, ValidationError
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

TEXT_LIMIT = 10_000
"""Characters in one message."""

_JSON_LIMIT = 256 * 1024  # bytes; 10,000 characters escaped take 120,000
_FORM_OVERHEAD = 128 * 1024  # bytes that a form may have beside the file

M = TypeVar("M", bound=BaseModel)


def _storable(text: object) -> object:
    """``text`` without what a database cannot hold: NUL, and halves of characters cut in two."""
    if not isinstance(text, str):
        return text
    return text.replace("\0", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


Text = Annotated[str, BeforeValidator(_storable)]
ClientId = Annotated[str, Field(pattern=r"^[!-~]{1,100}$")]


class NewSession(BaseModel):
    """``locale`` is the visitor's language tag, such as ``es-MX``."""

    locale: str | None = None


class NewMessage(BaseModel):
    """What a customer says. ``id`` is made by the client and names this message whenever it is sent.

    ``button`` is the token of the button whose title is ``text``.
    """

    id: ClientId
    text: Text = ""
    button: Annotated[Text, Field(max_length=64)] | None = None


async def read_json(request: Request, model: type[M]) -> M:
    """The body as ``model``; an empty body counts as ``{}``. Raises an `HTTPException`: 413 or 422."""
    too_large = refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The request is too large. Send a shorter text.")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _JSON_LIMIT:
            raise too_large
    try:
        data = json.loads(body or b"{}")
    except (ValueError, RecursionError) as error:
        raise refusal(HTTPStatus.UNPROCESSABLE_ENTITY, "The body is not JSON. Send a JSON object.") from error
    return checked(model, data)


def checked(model: type[M], data: object) -> M:
    """``data`` as ``model``. Raises an `HTTPException`: 413 for a text that is too long, else 422."""
    try:
        made = model.model_validate(data)
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'body'}: {e['msg']}" for e in error.errors())
        shape = ", ".join(f'"{name}"' for name in model.model_fields)
        raise refusal(
            HTTPStatus.UNPROCESSABLE_ENTITY, f"Not understood ({wrong}). Send an object with {shape}."
        ) from error
    if len(getattr(made, "text", "")) > TEXT_LIMIT:
        raise refusal(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            f"The text is longer than {TEXT_LIMIT} characters. Send it in parts.",
        )
    return made


@dataclass(frozen=True)
class Upload:
    """A file as it came in, under the name that its sender gave it."""

    name: str
    content: bytes


async def read_form(request: Request, limit: int) -> tuple[NewMessage, Upload]:
    """The fields and the file of an upload whose file has at most ``limit`` bytes.

    The size is checked while it comes in. Raises an `HTTPException`: 413, 415 or 422.
    """
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Send the file as multipart/form-data.")
    parser = MultiPartParser(
        request.headers, _capped(request, limit), max_files=1, max_fields=10, max_part_size=_FORM_OVERHEAD
    )
    try:
        form = await parser.parse()
    except (MultiPartException, UnicodeError) as error:  # the other from a charset that cannot hold its name
        raise refusal(
            HTTPStatus.UNPROCESSABLE_ENTITY, 'Not understood. Send one "file", an "id" and perhaps a "text".'
        ) from error
    try:
        file = form.get("file")
        if not isinstance(file, UploadFile):
            raise refusal(
                HTTPStatus.UNPROCESSABLE_ENTITY, 'There is no file in it. Send it as the field "file".'
            )
        if (file.size or 0) > limit:
            raise file_too_large(limit)
        fields = {name: value for name, value in form.items() if isinstance(value, str)}
        return checked(NewMessage, fields), Upload(file.filename or "", await file.read())
    finally:
        await form.close()


def file_too_large(limit: int) -> HTTPException:
    """The answer to a file of more than ``limit`` bytes."""
    return refusal(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        f"The file is larger than {limit // 1024 // 1024} MB. Send a smaller one, such as a photo of it.",
    )


def refusal(status: HTTPStatus, remedy: str) -> HTTPException:
    """An answer that says what to do instead."""
    return HTTPException(status, remedy)


async def _capped(request: Request, limit: int) -> AsyncGenerator[bytes, None]:
    """The body, as long as it can hold no larger file."""
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit + _FORM_OVERHEAD:
            raise file_too_large(limit)
        yield chunk
