"""A management review as a file: PDF for paper and archive, HTML for a screen. Neither loads anything."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from markupsafe import Markup

from handoff.case_documents.typesetting import typeset
from handoff.charts.drawing import STYLESHEET, on_paper
from handoff.console.look import Look
from handoff.console.rendering import render
from handoff.console.settings import ConsoleSettings
from handoff.management_review.document import Document, charts, document
from handoff.management_review.gathering import Inputs

_HERE = Path(__file__).parent
_LAYOUT = _HERE / "pack.typ"
_STYLES = _HERE / "pack.css"


class Form(StrEnum):
    """What a review can be."""

    PDF = "pdf"
    HTML = "html"

    @property
    def media_type(self) -> str:
        """Its media type."""
        return "application/pdf" if self is Form.PDF else "text/html; charset=utf-8"


def make(inputs: Inputs, settings: ConsoleSettings, language: str, form: Form) -> bytes:
    """The review in one of the console's languages. Takes a second or two: call it in a thread."""
    found = document(inputs, settings.organisation, settings.time_zone, language)
    if form is Form.HTML:
        return _html(found, language).encode()
    pictures = {file: on_paper(svg) for file, svg in charts(found).items()}
    return typeset(found, pictures, inputs.at, layout=_LAYOUT)


def file_name(inputs: Inputs, form: Form) -> str:
    """What the file is called."""
    return f"management-review-{inputs.period}.{form}"


def _html(found: Document, language: str) -> str:
    # Our own stylesheets and drawings, which escape every text in them.
    styles = Markup(_STYLES.read_text(encoding="utf-8") + STYLESHEET.read_text(encoding="utf-8"))  # noqa: S704
    drawn = {file: Markup(svg) for file, svg in charts(found).items()}  # noqa: S704
    return render(
        "review_pack.html", look=Look(language), folder=_HERE, doc=found, styles=styles, drawn=drawn
    )
