"""The console in two languages: every text in both, no bare word in a page, every vocabulary word translated.

Mutation: leave out a key of words/es.yml, or write "Claim" into a template.
"""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path
from string import Formatter

import pytest

from bot.review import pages as review
from channels.transcript import Delivery
from complaints.complaint import Category, Decision, Kind, Remedy, Severity, Status
from handoff.console import look, rendering, words
from handoff.console.wording import wording
from handoff.console.words import LANGUAGES, catalogue
from handoff.dispatch.presence import Presence
from handoff.item import Reason
from handoff.staff.roles import Role
from tests.console.conftest import Served
from tests.handoff.cases import complain_to

TEMPLATES = sorted(
    path
    for module in (rendering, review)
    for path in (Path(str(module.__file__)).parent / "templates").glob("*.html")
)
SCRIPTS = sorted((Path(str(rendering.__file__)).parent / "static").glob("*.js"))


def fields_of(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_in_every_language(language: str) -> None:
    """The same keys with the same fields, and none is empty."""
    ours, english = catalogue(language), catalogue(words.DEFAULT)
    assert set(ours) == set(english)
    for key, text in ours.items():
        assert text.strip(), key
        assert fields_of(text) == fields_of(english[key]), key


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda p: p.name)
def test_no_bare_words_in_pages(template: Path) -> None:
    """Whatever a page says comes from the catalogue, in text and in attributes that are read out."""
    text = template.read_text(encoding="utf-8")
    text = re.sub(r"\{% block (?:body_class|skip_to|at_\w+) %\}.*?\{% endblock %\}", "", text)
    text = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", "", text, flags=re.DOTALL)
    read_out = re.findall(r'(?:aria-label|placeholder|title|alt)="([^"]*\w[^"]*)"', text)
    text = re.sub(r"<(script|style|code)\b.*?</\1>", "", text, flags=re.DOTALL)
    said = set(re.findall(r"[^\W\d_]{2,}", re.sub(r"<[^>]*>", " ", text)))
    assert said <= {"Recourse"}
    assert read_out == []


def test_texts_that_are_asked_for_exist() -> None:
    """A key in a template or a script that no catalogue has would break the page."""
    keys = catalogue(words.DEFAULT)
    for template in TEMPLATES:
        for key, more in re.findall(r'\bt\("(\w+)"(?=([,)]))', template.read_text(encoding="utf-8")):
            assert key in keys or (more == "," and f"{key}_other" in keys), f"{template.name}: {key}"
    for script in SCRIPTS:
        for key in re.findall(r'\bsay\("(\w+)"', script.read_text(encoding="utf-8")):
            assert f"js_{key}" in keys, f"{script.name}: {key}"


@pytest.mark.parametrize(
    ("beginning", "vocabulary"),
    [
        *[("word", v) for v in (Severity, Category, Remedy, Decision, Status, Kind, Role)],
        ("needed", Reason),
        ("presence", Presence),
    ],
)
def test_vocabularies_are_translated(beginning: str, vocabulary: type[StrEnum]) -> None:
    """No word of the record is shown as the database has it."""
    missing = {f"{beginning}_{word}" for word in vocabulary} - set(catalogue(words.DEFAULT))
    assert not missing


def test_delivery_states_are_translated() -> None:
    """Every state that a message of ours can have."""
    ours = set(Delivery) - {Delivery.RECEIVED, Delivery.ANSWERED}
    assert {f"delivery_{state}" for state in ours} <= set(catalogue(words.DEFAULT))


def test_a_title_that_a_person_gave_is_shown_as_it_is() -> None:
    """Until it was refused, a person could give a task of the kind that the program names by the channel."""
    of_ours = {"kind": "by_hand", "title": "letter"}
    of_a_person = {"kind": "by_hand", "title": "Bring it to her"}
    assert wording("es").task_title(of_ours) == "Enviar la carta"
    assert wording("es").task_title(of_a_person) == "Bring it to her"


async def test_each_agent_chooses(served: Served) -> None:
    """The browser's language first, then what was chosen; colours too; on every page from then on."""
    reference = await complain_to(served.database, language="es")
    anna = await served.signed_in("Anna")
    spanish = await anna.get("/console", headers={"Accept-Language": "es-MX,es;q=0.9,en;q=0.5"})
    assert "<h1>Cola</h1>" in spanish.text
    page = await anna.get("/console")
    assert "<h1>Queue</h1>" in page.text
    assert "data-theme" not in page.text
    csrf = re.findall(r'name="csrf" value="([^"]+)"', page.text)[0]
    for path, values in (("/console/look", {"language": "es", "theme": "dark"}), ("/console/look", {})):
        answer = await anna.post(
            path, data={"csrf": csrf, **values}, headers={"Referer": "http://x/console/team?a=1"}
        )
        assert (answer.status_code, answer.headers["location"]) == (303, "/console/team?a=1")
    page = await anna.get(f"/console/cases/{reference}")
    assert 'data-theme="dark"' in page.text
    assert "Tomar y responder" in page.text
    assert "Escribe en español" in page.text
    refused = await anna.post(
        f"/console/cases/{reference}/reply", data={"csrf": csrf, "id": "1", "text": "Hola"}
    )
    assert "Primero tome el caso." in refused.text


async def test_look_needs_the_page(served: Served) -> None:
    """Another site cannot change it, nor lead away."""
    anna = await served.signed_in("Anna")
    assert (await anna.post("/console/look", data={"language": "es"})).status_code == 403
    page = await anna.get("/console")
    csrf = re.findall(r'name="csrf" value="([^"]+)"', page.text)[0]
    answer = await anna.post(
        "/console/look", data={"csrf": csrf}, headers={"Referer": "https://evil.example/"}
    )
    assert answer.headers["location"] == "/console"
    assert look.THEMES[0] == "auto"
