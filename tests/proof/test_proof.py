"""The rules of codes. Mutation: let `code` ignore the nonce, or `read_code` keep Arabic digits."""

from __future__ import annotations

from collections import Counter

import pytest

from complaints import proof

SECRET = b"what only the program knows"


@pytest.mark.parametrize(
    "text",
    [
        "123456",
        " 123 456 ",
        "123-456",
        "12 34 56",
        "1-2-3-4-5-6",
        "123456.",
        "١٢٣٤٥٦",
        "۱۲۳ ۴۵۶",
        "123\u2011456",
    ],
)
def test_a_bare_code_is_read(text):
    assert proof.read_code(text) == "123456"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "12345",
        "1234567",
        "order 123456",
        "123456 please",
        "12.34.5678",
        "²³¹²³¹",
        "1\n2\n3\n4\n5\n6\n7",
        "0" * 10**5,
    ],
)
def test_anything_else_is_none(text):
    assert proof.read_code(text) is None


def test_leading_noughts_count():
    assert proof.read_code("000042") == "000042"


def test_each_question_has_a_code_of_its_own():
    codes = {proof.code(SECRET, proof.nonce()) for _ in range(1000)}
    assert len(codes) > 990
    assert all(len(code) == 6 and code.isdigit() for code in codes)
    first = Counter(code[0] for code in codes)
    assert set(first) == set("0123456789") and max(first.values()) < 160


def test_only_the_right_code_of_the_right_question_agrees():
    one = proof.nonce()
    code = proof.code(SECRET, one)
    assert proof.agrees(SECRET, one, code)
    assert not proof.agrees(SECRET, one, "٠" * 6)
    elsewhere = [proof.agrees(SECRET, proof.nonce(), code) for _ in range(100)]
    assert sum(elsewhere) <= 1
