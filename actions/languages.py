"""The customer chooses a language, or writes in one that we do not speak."""

from __future__ import annotations

import re

from babel import Locale
from babel.localedata import locale_identifiers

from actions.lexicon import plain
from actions.people import ask_for_person
from actions.step import Step
from actions.turn import Turn
from complaints import texts
from complaints.commands import AddDetail, Details, SetLanguage


class SwitchLanguage(Step):
    """“Can we speak Spanish?”; and “Elnézést, beszél valaki magyarul?”."""

    called = "action_switch_language"

    def act(self, turn: Turn) -> None:
        """Answer in it at once; a language we do not speak gets a person."""
        if turn.foreign:
            leave_to_person(turn)
            return
        wanted = turn.argument or named_language(turn.text, turn.language)
        if wanted in texts.languages():
            turn.do(SetLanguage(language=wanted))
            turn.set("language", wanted)
            turn.say_in(wanted, "language_set")
        elif wanted:
            turn.say("person_language", language=texts.language_name(wanted, turn.language))
            ask_for_person(turn, "unsupported_language", turn.text)
        else:
            offered = texts.languages()
            names = [texts.language_name(code, turn.language) for code in offered]
            turn.say("language_which", languages=texts.format_list(names, turn.language))


def leave_to_person(turn: Turn) -> None:
    """Say honestly, in English, that this language is not spoken, and get a person; the words go along.

    What is written after that is put with the case that the person will open.
    """
    if turn.reference is not None:
        turn.do(AddDetail(reference=turn.reference, details=Details(), description=turn.text))
    if (waiting := turn.waiting) is not None:
        turn.say("waiting_noted", reference=waiting.reference, opening=turn.facts.offer.opening)
        return
    named = texts.language_name(turn.language, texts.spoken(turn.language))
    turn.say("person_language", language=named)
    ask_for_person(turn, "unsupported_language", turn.text)


def named_language(text: str, language: str) -> str | None:
    """The language (ISO 639-1) that ``text`` names, in ``language``, in English or in itself."""
    words = plain(text).casefold()
    for names_in in (language, "en", None):
        for code in _LANGUAGES:
            own = Locale.parse(code)
            name = (own.get_display_name(names_in) if names_in else own.get_display_name()) or ""
            if name and re.search(_in_a_sentence(plain(name).casefold()), words):
                return code
    return None


def _in_a_sentence(name: str) -> str:
    """A language's name with what Arabic and Turkish join to it: "بالإنجليزي", "ingilizceye".

    Polish declines it: "angielski" is "po angielsku", "angielskiego".
    """
    if name.startswith("ال"):
        stem = re.escape(name.removeprefix("ال").removesuffix("ة"))
        return rf"(?<!\w)[وبل]?(?:ال|ل)?{stem}[ةه]?(?!\w)"
    if name.endswith(("ski", "cki")):
        return rf"(?<!\w){re.escape(name[:-1])}\w{{1,4}}(?!\w)"
    return rf"(?<!\w){re.escape(name)}(?:y[ae]|d[ae])?(?!\w)"


_LANGUAGES = tuple(sorted(name for name in locale_identifiers() if len(name) == 2))
"""The languages that have a two-letter code, as far as CLDR knows their names."""
