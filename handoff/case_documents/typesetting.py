"""A document, laid out by Typst and ``case.typ`` or another layout, as a PDF.

Texts reach Typst as data, never as markup: whatever a customer writes is printed and not run. It
reads nothing but the folder made here, and nothing from any network.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import typst

from handoff.case_documents.fonts import FAMILIES, fonts

_LAYOUT = Path(__file__).with_name("case.typ")


def typeset(
    document: Mapping[str, Any], pictures: Mapping[str, bytes], made_at: datetime, *, layout: Path = _LAYOUT
) -> bytes:
    """The PDF of a document (see `handoff.case_documents.document`); ``pictures`` by file name.

    ``layout`` is what lays it out.

    Takes some seconds for a thousand pages: call it in a thread.
    """
    with tempfile.TemporaryDirectory(prefix="recourse-document-") as name:
        folder = Path(name)
        copy = folder / layout.name
        copy.write_bytes(layout.read_bytes())
        values = json.dumps({**document, "fonts": FAMILIES}, ensure_ascii=False)
        (folder / "document.json").write_text(values, encoding="utf-8")
        for file, content in pictures.items():
            (folder / file).write_bytes(content)
        pdf = typst.compile(
            str(copy), root=name, font_paths=fonts(), format="pdf", timestamp=made_at.replace(microsecond=0)
        )
    assert isinstance(pdf, bytes)
    return pdf
