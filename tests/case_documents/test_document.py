"""The printed case file: all of it is there, in every script, and nothing that people write can spoil it.

Mutation: leave ``_evidence`` out of `handoff.case_documents.form.investigation`; or delete
``fonts/DroidSansFallback.ttf.xz``; or give ``case.typ`` no ``dir: rtl``; or let `safe_text.shown`
return the line as it is.
"""

from __future__ import annotations

from pathlib import Path

import pypdfium2
import pytest
from pypdfium2.raw import FPDFText_GetUnicode

from bot.db import Database
from handoff.case_documents import archive
from handoff.case_documents.record import case_record
from handoff.case_documents.safe_text import shown
from handoff.case_documents.words import words
from tests.case_documents.cases import ARABIC, COPY, HOSTILE, fonts_of, pages, rich_case


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


async def test_everything_of_the_case(database: Database, tmp_path: Path) -> None:
    """Form, promises, investigation, transcript, files with digests, trail; page x of y."""
    reference = await database.run(rich_case, tmp_path)
    record = await database.run(case_record, reference, COPY)
    printed = pages(archive.pdf(record, tmp_path, "en"))
    whole = " ".join("\n".join(printed).split())
    for said in (
        "Northwind Home", "Complaint file", "Maria", "AquaBoil", "€49.90", "It burnt my hand.", "broken",
        "Ask the courier", "The parcel fell", "The box was crushed", "Promised dates", "in time",
        "Assistant", "Delivered", "photo 0.jpg", "cannot be shown here", "matches its digest",
        "Put in the queue", "Remedy carried out", "by Sue", "Europe/Madrid",
    ):  # fmt: skip
        assert said in whole, said
    digest = record["files"][0]["digest"]
    assert digest in "".join(whole.split()).replace("\u200b", "")
    for number, page in enumerate(printed, 1):
        assert f"Page {number} of {len(printed)}" in page
        assert reference in page
    assert len(archive.pdf({**record, "files": []}, tmp_path, "en")) < len(
        archive.pdf(record, tmp_path, "en")
    )


async def test_labels_in_spanish_and_the_customers_words_as_they_are(
    database: Database, tmp_path: Path
) -> None:
    """Two languages of labels with the same keys; the quoted text is untouched."""
    reference = await database.run(rich_case, tmp_path)
    record = await database.run(case_record, reference, COPY)
    whole = " ".join("\n".join(pages(archive.pdf(record, tmp_path, "es"))).split())
    assert "Expediente de reclamación" in whole
    assert "It burnt my hand." in whole
    assert "Complaint file" not in whole
    assert words("en").keys() == words("es").keys()
    assert not {True, False} & set(words("en"))  # YAML reads a bare yes as one


async def test_every_script_has_its_font(database: Database, tmp_path: Path) -> None:
    """No letter of nine scripts is a box, none comes from a font of the machine."""
    reference = await database.run(rich_case, tmp_path)
    pdf = archive.pdf(await database.run(case_record, reference, COPY), tmp_path, "en")
    fonts = fonts_of(pdf)
    for letters, font in {"غق": "FiraGO", "ıkçİ": "FiraGO", "żół": "FiraGO", "Чй": "FiraGO", "Οβ": "FiraGO",
                          "水壶坏お漏": "Droid", "\ud83d": "NotoEmoji"}.items():  # fmt: skip
        for letter in letters:
            assert font in fonts.get(letter, "none"), hex(ord(letter))


async def test_arabic_runs_from_right_to_left(database: Database, tmp_path: Path) -> None:
    """Its first word stands at the right margin, its last at the left of it; the reference in it reads on."""
    reference = await database.run(rich_case, tmp_path, said=(ARABIC,))
    pdf = archive.pdf(await database.run(case_record, reference, COPY), tmp_path, "en")
    with pypdfium2.PdfDocument(pdf) as document:
        for page in document:
            text = page.get_textpage()
            boxes = [
                (chr(FPDFText_GetUnicode(text, i)), *text.get_charbox(i)) for i in range(text.count_chars())
            ]
            height = next((bottom for c, _, bottom, _, _ in boxes if c == "غ"), None)
            if height is None:
                continue
            left = {c: left for c, left, bottom, _, _ in boxes if abs(bottom - height) < 8}
            # "The kettle" comes first, the price last; the reference stands between, from left to right.
            assert page.get_width() * 3 / 4 < left["غ"]
            assert left["€"] < left["K"] < left["P"] < left["غ"]
            return
    pytest.fail("the Arabic message is nowhere")


async def test_hostile_text_is_printed_and_harms_nothing(database: Database, tmp_path: Path) -> None:
    """Control characters, overrides, endless words and markup: all on paper, none of it off the paper."""
    reference = await database.run(rich_case, tmp_path, said=HOSTILE)
    pdf = archive.pdf(await database.run(case_record, reference, COPY), tmp_path, "en")
    printed = pages(pdf)
    whole = "".join("".join(printed).split())
    assert whole.count("W") >= 100_000
    assert "‹U+202E›dcba" in whole
    assert "‹U+001B›[31m" in whole
    assert "#setpage(height:1pt)$x$*b*`raw`@ref<label>\\//gone?/*gone?*/" in whole
    with pypdfium2.PdfDocument(pdf) as document:
        for page in document:
            text = page.get_textpage()
            width, height = page.get_size()
            assert (round(width), round(height)) == (595, 842)  # A4
            for index in range(0, text.count_chars(), 97):
                left, bottom, right, top = text.get_charbox(index)
                assert 0 <= left <= right <= width
                assert 0 <= bottom <= top <= height


def test_isolates_that_end_are_left_alone() -> None:
    """Our own texts set names apart by them; one that is left open is shown."""
    assert shown("\u2068Maria\u2069, hello") == "\u2068Maria\u2069, hello"
    assert shown("\u2069a\u2068b") == "‹U+2069›a‹U+2068›b"
    assert shown("a\u202db") == "a‹U+202D›b"


def test_no_word_is_missing() -> None:
    """Whatever the document says, it says in both languages."""
    source = "".join(path.read_text(encoding="utf-8") for path in Path(archive.__file__).parent.glob("*.py"))
    for key in words("en"):
        assert any(mark in source for mark in (f'"{key}"', f"'{key}'", f"{key.partition('_')[0]}_{{")), key
