"""The bodies of the engine's requests: read whole or refused."""

from __future__ import annotations

from typing import Any

from jsonschema import Draft7Validator

_INTENT = {
    "type": ["object", "null"],
    "properties": {"name": {"type": "string"}, "payload": {"type": ["object", "null"]}},
    "required": ["name"],
}
_STATE = {
    "type": ["object", "null"],
    "properties": {
        "before": {
            "type": "object",
            "properties": {"slots": {"type": "object"}, "form": {"type": ["string", "null"]}},
            "required": ["slots", "form"],
        },
        "events": {"type": "array", "items": {"type": "object", "required": ["event"]}},
    },
    "required": ["before", "events"],
}

TURN = Draft7Validator(
    {
        "type": "object",
        "properties": {
            "conversation": {"type": "string", "minLength": 1},
            "text": {"type": "string"},
            "intent": _INTENT,
            "facts": {"type": "object"},
            "state": _STATE,
        },
        "required": ["conversation", "text"],
        "additionalProperties": False,
    }
)
PARSE = Draft7Validator(
    {
        "type": "object",
        "properties": {
            "text": {"type": "string"},
            "texts": {"type": "array", "items": {"type": "string"}, "maxItems": 10_000},
        },
        "minProperties": 1,
        "maxProperties": 1,
        "additionalProperties": False,
    }
)
MODEL = Draft7Validator(
    {
        "type": "object",
        "properties": {"path": {"type": "string"}},
        "required": ["path"],
        "additionalProperties": False,
    }
)


class BadRequest(ValueError):
    """The body is not what this address takes. The message names the field, never its content."""


def read(body: Any, schema: Draft7Validator) -> dict[str, Any]:
    """The decoded body, if it is as the schema says. Raises `BadRequest`."""
    for error in schema.iter_errors(body):
        field = "/".join(str(part) for part in error.absolute_path) or "body"
        raise BadRequest(f"{field}: fails {error.validator}")
    checked: dict[str, Any] = body
    return checked
