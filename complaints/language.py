"""Which language a message is in, told from the message and from what is known already.

Four witnesses, strongest first:

1. the script: Greek, Hangul or Thai letters leave no choice, Cyrillic or Arabic ones little;
2. the project's own vocabulary (``complaints/language/<language>.txt``): it decides messages of one
   or two words, on which letter statistics are worth little;
3. how often each language writes the words (the package ``wordfreq``): what tells languages apart
   that share their letters, in messages of three to five words above all;
4. langdetect's letter statistics. They are scored over every n-gram of the text instead of over a
   random sample of them, as langdetect itself does: the same answer every time without a seed,
   several times faster, and better on short texts.

What is known beforehand (the conversation's language so far, the platform's locale) enters as a
prior, so a single word that several languages share never switches a conversation. Numbers,
links, addresses, handles, references and emoji say nothing.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from langdetect.detector_factory import PROFILES_DIRECTORY, DetectorFactory
from langdetect.utils.ngram import NGram
from wordfreq import available_languages, get_frequency_dict, get_frequency_list

from complaints.alphabets import LETTERS, OTHER_LATIN, SCRIPTS

SUPPORTED = ("en", "es", "fr", "de", "pt", "it", "nl", "pl", "tr", "ar")

_VOCABULARY = Path(__file__).with_name("language")
_READ_AT_MOST = 600  # characters; more changes nothing and costs time
_SMOOTHING = 2e-4  # added to each n-gram's share: no single rare n-gram may rule a language out
_NGRAM_WEIGHT = 0.35  # n-grams of one to three letters overlap: each counts for less than one
_WORD_WEIGHT = 5.0  # log-odds that a known word adds
_FREQUENCY_WEIGHT = 0.8  # words of a sentence depend on each other: each counts for less than one
_COMMON = 3e-6  # share of a language's words; rarer ones cost memory and decide nothing
_RAREST = 1e-7  # what a word is taken to have where it is not listed
_LETTER_WEIGHT = 2.0  # log-odds of a letter that few languages write
_UNSUPPORTED_PRIOR = -4.5  # log-odds against a language that we do not speak
_SCRIPT_PRIOR = 4.0  # log-odds for the language that mostly writes a script
_KNOWN_PRIOR = 6.0  # log-odds for the conversation's language
_LOCALE_PRIOR = 2.5
# A conversation leaves its language only for a guess as sure as this, by number of words that are no
# names: one alone may be a product or a street. For a language that we do not speak it takes a sentence.
_SWITCH_AT = (1.0, 0.995, 0.95, 0.8)
_SWITCH_TO_UNSUPPORTED_AT = (1.01, 1.01, 1.01, 0.95)

_NOISE = re.compile(
    r"""https?://\S+ | www\.\S+ | \S+@\S+ | @\w+ | \#\w+ | \S*\d\S* | \bRC[-\s]\w{8}\b | \[[a-z]+\]""",
    re.VERBOSE | re.IGNORECASE,
)
_LATIN = (*(c for c in SUPPORTED if c != "ar"), *OTHER_LATIN)
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")


@dataclass(frozen=True)
class Guess:
    """A language (ISO 639-1), how sure that is (0 to 1; 0 if the text said nothing), and if we speak it."""

    language: str
    confidence: float
    supported: bool


def detect(text: str, *, known: str | None = None, locale: str | None = None) -> Guess:
    """The language of ``text``.

    ``known`` is the conversation's language so far, ``locale`` what the platform says of its user
    (``pt-BR``, ``pt``). Without any evidence it is the known one, then the locale's, then English.
    """
    local = locale.replace("_", "-").partition("-")[0].lower() if locale else None
    fallback = known or (local if local in SUPPORTED else None) or "en"
    clean = _NOISE.sub(" ", unicodedata.normalize("NFC", text[: 2 * _READ_AT_MOST]))[:_READ_AT_MOST]
    found = _WORD.findall(clean.replace("’", "'"))
    written = [word for word in found if any(map(str.isalpha, word))]  # "²" is none
    words = [word.lower() for word in written]
    if not words:
        return Guess(fallback, 0.0, fallback in SUPPORTED)
    candidates = _candidates(clean)
    if len(candidates) == 1:
        return Guess(candidates[0], 1.0, candidates[0] in SUPPORTED)
    posterior = _posterior(clean, words, candidates, known, local)
    best = max(posterior, key=lambda language: posterior[language])
    if known is not None and best != known and posterior[best] < _switch_at(best, written):
        best = known
    return Guess(best, round(posterior.get(best, 0.0), 4), best in SUPPORTED)


def _switch_at(language: str, written: list[str]) -> float:
    limits = _SWITCH_AT if language in SUPPORTED else _SWITCH_TO_UNSUPPORTED_AT
    words = sum(not word[0].isupper() or language in _speakers(word.lower()) for word in written)
    return limits[min(words, len(limits) - 1)]


def _candidates(text: str) -> tuple[str, ...]:
    """The languages that the script leaves possible."""
    seen: dict[str, int] = {}
    for letter in text:
        if letter.isalpha():
            script = _script(letter)
            seen[script] = seen.get(script, 0) + 1
    total = sum(seen.values())
    foreign = {s: n for s, n in seen.items() if s in SCRIPTS}
    # Brands and product names are written in Latin letters in every language, so a quarter is enough.
    if sum(foreign.values()) < 0.25 * total:
        return _LATIN
    if "HIRAGANA" in foreign or "KATAKANA" in foreign:
        return ("ja",)
    return SCRIPTS[max(foreign, key=lambda s: foreign[s])]


@lru_cache(maxsize=4096)
def _script(letter: str) -> str:
    return unicodedata.name(letter, "?").partition(" ")[0]


def _posterior(
    text: str, words: list[str], candidates: tuple[str, ...], known: str | None, local: str | None
) -> dict[str, float]:
    """How likely each candidate is, given everything."""
    score = _prior(candidates, known, local)
    for language, value in zip(candidates, _ngram_scores(words, candidates), strict=True):
        score[language] += _NGRAM_WEIGHT * value
    for word in words:
        for language, value in _commonness(word, candidates):
            score[language] += _FREQUENCY_WEIGHT * value
    told: list[tuple[float, Collection[str]]] = [(_WORD_WEIGHT, _speakers(word)) for word in words]
    told += [(_LETTER_WEIGHT, LETTERS[letter]) for letter in set(text.lower()) & LETTERS.keys()]
    for weight, languages in told:
        for language in languages:
            if language in score:
                score[language] += weight
    top = max(score.values())
    weights = {c: math.exp(s - top) for c, s in score.items()}
    total = sum(weights.values())
    return {c: w / total for c, w in weights.items()}


def _prior(candidates: tuple[str, ...], known: str | None, local: str | None) -> dict[str, float]:
    """Log-odds of each candidate before a word is read."""
    score = dict.fromkeys(candidates, 0.0)
    if candidates is _LATIN:
        score |= dict.fromkeys(OTHER_LATIN, _UNSUPPORTED_PRIOR)
    else:
        score[candidates[0]] += _SCRIPT_PRIOR
    for told, weight in ((known, _KNOWN_PRIOR), (local, _LOCALE_PRIOR)):
        if told in score:
            score[told] += weight
    return score


def _ngram_scores(words: list[str], candidates: tuple[str, ...]) -> list[float]:
    """For each candidate the logarithm of how likely it is to write these letters."""
    columns, order, table = _statistics(), _indices(candidates), _table(candidates)
    sums = [0.0] * len(candidates)
    for gram in _ngrams(" ".join(words)):
        logs = table.get(gram)
        if logs is None:
            probabilities = columns.get(gram)
            if probabilities is None:
                continue
            logs = table[gram] = tuple(math.log(probabilities[i] + _SMOOTHING) for i in order)
        sums = [a + b for a, b in zip(sums, logs, strict=True)]
    return sums


@lru_cache(maxsize=20_000)
def _commonness(word: str, candidates: tuple[str, ...]) -> tuple[tuple[str, float], ...]:
    """Who writes a word (of ``l'ordine``: its second half), with its log-odds against a rare one."""
    found = []
    for language in candidates:
        shares = _frequencies(language)
        share = shares.get(word) or shares.get(word.rpartition("'")[2], 0.0)
        if share > _RAREST:
            found.append((language, math.log(share / _RAREST)))
    return tuple(found)


@cache
def _frequencies(language: str) -> Mapping[str, float]:
    """The share of each common word in what is written in a language; empty if nobody counted it."""
    if language not in available_languages("small"):
        return {}
    counted = get_frequency_dict(language, "small")
    shares = {word: share for word, share in counted.items() if share >= _COMMON}
    get_frequency_dict.cache_clear()  # it would keep them all, and a hundred megabytes with them
    get_frequency_list.cache_clear()
    return shares


def _ngrams(text: str) -> list[str]:
    padded = f" {''.join(map(_normalise, NGram.normalize_vi(text)))} "
    found = []
    for i in range(1, len(padded)):
        for n in (1, 2, 3):
            gram = padded[i - n + 1 : i + 1] if i >= n - 1 else ""
            if gram and " " not in gram[1:-1] and gram != " ":
                found.append(gram)
    return found


@lru_cache(maxsize=4096)
def _normalise(letter: str) -> str:
    normal: str = NGram.normalize(letter)
    return normal


@cache
def _factory() -> DetectorFactory:
    factory = DetectorFactory()
    factory.load_profile(PROFILES_DIRECTORY)
    return factory


def _statistics() -> dict[str, list[float]]:
    """The table of langdetect: for each n-gram its share in every language's text."""
    table: dict[str, list[float]] = _factory().word_lang_prob_map
    return table


@cache
def _indices(candidates: tuple[str, ...]) -> tuple[int, ...]:
    order = _factory().langlist
    return tuple(order.index(c) for c in candidates)


@cache
def _table(candidates: tuple[str, ...]) -> dict[str, tuple[float, ...]]:  # noqa: ARG001 - the cache's key
    """Logarithms of `_statistics` for these languages, filled as they are needed."""
    return {}


@cache
def _vocabulary() -> dict[str, frozenset[str]]:
    """Which supported languages a word belongs to, as written and without its accents."""
    found: dict[str, set[str]] = {}
    for path in _VOCABULARY.glob("*.txt"):
        for line in path.read_text(encoding="utf-8").splitlines():
            for word in line.partition("#")[0].lower().split():
                found.setdefault(word, set()).add(path.stem)
                found.setdefault(_plain(word), set()).add(path.stem)
    return {word: frozenset(languages) for word, languages in found.items()}


def _plain(word: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c))


def _speakers(word: str) -> frozenset[str]:
    """The languages whose vocabulary has ``word``; for ``l'ordine`` also its second half."""
    vocabulary = _vocabulary()
    found = vocabulary.get(word)
    if found is None and "'" in word:
        found = vocabulary.get(word.rpartition("'")[2])
    return found or frozenset()
