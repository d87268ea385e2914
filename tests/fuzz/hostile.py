"""What nobody should send, as strategies: values, JSON with such values in it, bodies that are none."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import strategies as st

TEXTS = (
    "",
    " ",
    "\0",
    "a\0b",
    "\ud800",
    "\udc00\ud800",
    "a\udfffb",
    "\u202eevil\u202c",
    "\ufeff",
    "\x1b[2J",
    "\r\n\r\n",
    "9" * 100_000,
    "-1",
    "1e999",
    "NaN",
    "٣",
    "x" * 5_000,
    "𐍈" * 3_000,
    "e" + "\u0301" * 2_000,
    "../../etc/passwd",
    "..\\..\\boot.ini",
    "%00",
    "{{7*7}}",
    "<script>alert(1)</script>",
    "' OR 1=1 --",
    "/restart",
    '/greet{"a": 1}',
    "null",
    "[]",
    "=cmd|' /C calc'!A0",
    "RC-7K2M9P4X",
    "https://example.org/" + "a" * 3_000,
    "🏴‍☠️" * 500,
    "9" * 30 + " euros",
    "the amount is " + "9" * 400,
    "0x" + "f" * 300,
    "2 " * 400,
)
NUMBERS = (
    0,
    -1,
    1,
    2**31 - 1,
    2**31,
    2**53,
    2**63 - 1,
    2**63,
    -(2**63) - 1,
    10**30,
    10**4000,
    0.5,
    1e308,
    -0.0,
)

texts = st.one_of(st.sampled_from(TEXTS), st.text(st.characters(), max_size=40))
scalars = st.one_of(st.sampled_from(TEXTS), st.sampled_from(NUMBERS), st.sampled_from((None, True, False)))
_containers = st.sampled_from(([], {}, [[]], [None], {"": ""}, [{}], {"id": {}}, ["a\0"], [{"id": "\ud800"}]))
values = st.one_of(scalars, texts, _containers)

nested = st.sampled_from([b"[" * 100_000, b'{"a":' * 50_000, b"[" * 100_000 + b"]" * 100_000])
bodies = st.one_of(
    nested,
    st.binary(max_size=60),
    st.sampled_from(
        [
            b"",
            b"null",
            b"[]",
            b"{}",
            b"0",
            b'""',
            b"NaN",
            b"-",
            b"\xff\xfe{\x00}\x00",
            b"\xef\xbb\xbf{}",
            b"9" * 100_000,
            b'{"a":' + b"9" * 100_000 + b"}",
            b"1e99999",
            b'"\\ud800"',
            b'{"\\u0000":"\\u0000"}',
            b"\x1f\x8b\x08\x00" + b"\0" * 20,
            b"payload=",
            b"payload=%7B",
            b"%",
            b"a=%FF%FE",
            b"=&=&=",
            b"&" * 9_000,
            b"payload=" + b"[" * 50_000,
            "{'Grüße'}".encode("latin-1"),
            b'{"a":1,"a":2}',
            b"a" * 1_100_000,
        ]
    ),
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to each part of a JSON value."""
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, part in parts for place in places(part, (*path, key)))]


@st.composite
def spoilt(draw: st.DrawFn, values_in: tuple[Any, ...]) -> Any:
    """One of ``values_in`` with one to three of its parts replaced, removed or added."""
    whole = copy.deepcopy(draw(st.sampled_from(values_in)))
    for _ in range(draw(st.integers(1, 3))):
        spots = [place for place in places(whole) if place]
        if not spots:
            break
        *way, last = draw(st.sampled_from(spots))
        parent = whole
        for key in way:
            parent = parent[key]
        match draw(st.sampled_from(("replace", "replace", "replace", "remove", "add"))):
            case "replace":
                parent[last] = copy.deepcopy(draw(values))
            case "remove":
                del parent[last]
            case "add" if isinstance(parent, dict):
                parent[draw(texts)] = copy.deepcopy(draw(values))
            case _:
                parent.append(copy.deepcopy(draw(values))) if isinstance(parent, list) else None
    return whole
