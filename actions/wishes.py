"""What a text asks for: the kind of remedy, and the customer's own words for it, cut short."""

from __future__ import annotations

import re
from functools import cache

from actions.lexicon import Lexicon, alternatives, find, find_all, is_all, plain, starts_with, without_filler
from complaints.complaint import Remedy

_REACH = 8  # words: a remedy named farther from "I want" is not what is wanted
_BESIDE = 2  # words: "I would like" and "please" belong together in "I would like you to please"
_LONGEST = 14  # words of a wish that are kept: more is the story
_SENTENCES = re.compile(r"(?<=[.!?;؟؛\n])\s+|\n")
_PUNCTUATION = re.compile(r"[,;:.!?،؛؟](?:\s|$)")


def find_wish(text: str, words: Lexicon, asked: str | None) -> tuple[Remedy | None, str | None]:
    """The kind of remedy, and the words that ask for it: ``None`` for both where nothing is asked for.

    ``asked`` is the question that the text answers: to "what do you wish?" the remedy alone is enough.
    """
    if is_all(words.courtesy, text):
        return None, None  # "vale" is a yes to Spaniards, and no voucher
    for remedy, patterns in words.remedy.items():
        if is_all([*patterns, *words.wish, *words.courtesy], without_filler(text, words)) and find(
            patterns, text
        ):
            return remedy, text.strip()
    for sentence in _SENTENCES.split(text):
        for remedy, patterns in words.demand.items():
            for found in find_all(patterns, sentence):
                if not _is_refused(sentence, found.start(), found.end(), words):
                    return remedy, _short(sentence[found.start() :], found.end() - found.start(), words)
        wished = _wished(sentence, words, asked)
        if wished:
            remedy, start, end = wished
            return remedy, _short(sentence[start:], end - start, words)
    return None, None


def _wished(sentence: str, words: Lexicon, asked: str | None) -> tuple[Remedy, int, int] | None:
    """The remedy that is asked for, where the words that ask begin, and where the remedy ends.

    One that is named twice may be asked for only the second time; one that is refused is not: after
    "not a refund, a repair" the wish begins at the repair.
    """
    leads = [(lead.start(), lead.end()) for lead in find_all(words.wish, _without_refusals(sentence, words))]
    if not leads and asked != "wish":
        return None
    named = [(place, kind) for kind, p in words.remedy.items() for place in find_all(p, sentence)]
    named.sort(key=lambda found: found[0].start())
    refused = [place for place, _ in named if _is_refused(sentence, place.start(), place.end(), words)]
    places = [(place, kind) for place, kind in named if place not in refused]
    for place, kind in places:
        if (start := _lead(sentence, place.start(), leads)) is not None:
            return kind, _after(refused, sentence, start, place.start(), words), place.end()
    if places and asked == "wish":
        place, kind = places[0]
        no = re.match(rf"(?:{alternatives(words.no)})[\s,،]+", plain(sentence), re.IGNORECASE)
        first = no.end() if no and no.end() <= place.start() else 0  # "no, a refund" is a wish for one
        return kind, _after(refused, sentence, first, place.start(), words), place.end()
    return None


def _after(refused: list[re.Match[str]], sentence: str, start: int, remedy: int, words: Lexicon) -> int:
    """Where a wish begins: at ``start``, unless another remedy is refused between that and its own."""
    if not any(start <= place.start() < remedy for place in refused):
        return start
    articles = rf"(?<!\w)(?:(?:{alternatives(words.article)})['\s]\s*)+$"
    article = re.search(articles, plain(sentence[:remedy]), re.IGNORECASE)
    return article.start() if article else remedy


def _is_refused(sentence: str, start: int, end: int, words: Lexicon) -> bool:
    """Whether the remedy there is refused: "not a refund". After a comma it is not: "no, a refund"."""
    before = _refusal(tuple(words.refused), tuple(words.no_wish), tuple(words.article))
    if before.search(plain(sentence[:start])):
        return True
    within = any(no.start() < end and start < no.end() for no in find_all(words.no_wish, sentence))
    return within or starts_with(words.refused_after, sentence[end:].lstrip())


@cache
def _refusal(refused: tuple[str, ...], no_wish: tuple[str, ...], article: tuple[str, ...]) -> re.Pattern[str]:
    """What stands before a remedy that is refused, up to the remedy."""
    if not refused:
        return re.compile(r"(?!)")  # a language without a lexicon
    before, between = alternatives([*refused, *no_wish]), alternatives(article)
    return re.compile(rf"(?<!\w)(?:{before})['\s]\s*(?:(?:{between})['\s]\s*)*$", re.IGNORECASE)


def _lead(sentence: str, remedy: int, leads: list[tuple[int, int]]) -> int | None:
    """Where the words begin that make the remedy a wish: the nearest ones before it, and any beside them."""
    before = [lead for lead in leads if lead[0] <= remedy]
    if not before or _between(sentence, before[-1][1], remedy) > _REACH:
        return None
    first = before[-1][0]
    for start, end in reversed(before[:-1]):
        if _between(sentence, end, first) > _BESIDE:
            break
        first = start
    return first


def _between(sentence: str, start: int, end: int) -> int:
    return len(sentence[start:end].split())


def _without_refusals(sentence: str, words: Lexicon) -> str:
    """The sentence with "I don't want to" blanked out, so that positions stay."""
    for refusal in find_all(words.no_wish, sentence):
        sentence = sentence[: refusal.start()] + "_" * len(refusal[0]) + sentence[refusal.end() :]
    return sentence


def _short(wish: str, least: int, words: Lexicon) -> str:
    """The wish without what follows it: up to punctuation, another clause, or so many words.

    The first ``least`` characters name the remedy and are kept.
    """
    ends = [found.start() for found in _PUNCTUATION.finditer(wish) if found.start() >= least][:1]
    if words.breaks:
        clause = re.compile(rf"\s(?:{alternatives(words.breaks)})(?!\w)", re.IGNORECASE)
        ends += [found.start() for found in clause.finditer(plain(wish), least)][:1]
    spaces = [found.start() for found in re.finditer(r"\s+", wish)]
    ends += [end for end in spaces[_LONGEST - 1 :] if end >= least][:1]
    return wish[: min(ends, default=len(wish))].strip()[:200]
