"""Which language a message is in, told from the message and from what is known already.

Three witnesses, strongest first:

1. the script: Greek, Hangul or Thai letters leave no choice, Cyrillic or Arabic ones little;
2. the project's own vocabulary (``complaints/language/<language>.txt``): it decides messages of one
   or two words, on which letter statistics are worth little;
3. langdetect's letter statistics. They are scored over every n-gram of the text instead of over a
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
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from langdetect.detector_factory import (  # type: ignore[import-untyped]
    PROFILES_DIRECTORY,
    DetectorFactory,
)
from langdetect.utils.ngram import NGram  # type: ignore[import-untyped]

SUPPORTED = ("en", "es", "fr", "de", "pt", "it", "nl", "pl", "tr", "ar")

_VOCABULARY = Path(__file__).with_name("language")
_READ_AT_MOST = 600  # characters; more changes nothing and costs time
_SMOOTHING = 2e-4  # added to each n-gram's share: no single rare n-gram may rule a language out
_NGRAM_WEIGHT = 0.5  # n-grams of one to three letters overlap: each counts for less than one
_WORD_WEIGHT = 5.0  # log-odds that a known word adds
_LETTER_WEIGHT = 2.0  # log-odds of a letter that few languages write
_UNSUPPORTED_PRIOR = -3.5  # log-odds against a language that we do not speak
_KNOWN_PRIOR = 3.0  # log-odds for the conversation's language
_LOCALE_PRIOR = 1.5
_ENGLISH_PRIOR = 0.5  # names, brands and loan words look English everywhere: only a slight lead
_SWITCH_AT = 0.8  # a conversation leaves its language only for a guess as sure as this

_NOISE = re.compile(
    r"""https?://\S+ | www\.\S+ | \S+@\S+ | @\w+ | \#\w+ | \S*\d\S* | \bRC[-\s]\w{8}\b | \[[a-z]+\]""",
    re.VERBOSE | re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")

_SCRIPTS: dict[str, tuple[str, ...]] = {
    "ARABIC": ("ar", "fa", "ur"),
    "CYRILLIC": ("ru", "uk", "bg", "mk"),
    "DEVANAGARI": ("hi", "mr", "ne"),
    "GREEK": ("el",),
    "HEBREW": ("he",),
    "HANGUL": ("ko",),
    "HIRAGANA": ("ja",),
    "KATAKANA": ("ja",),
    "CJK": ("zh",),
    "THAI": ("th",),
    "BENGALI": ("bn",),
    "TAMIL": ("ta",),
    "TELUGU": ("te",),
    "KANNADA": ("kn",),
    "MALAYALAM": ("ml",),
    "GUJARATI": ("gu",),
    "GURMUKHI": ("pa",),
    "GEORGIAN": ("ka",),
    "ARMENIAN": ("hy",),
    "ETHIOPIC": ("am",),
    "KHMER": ("km",),
    "LAO": ("lo",),
    "MYANMAR": ("my",),
    "SINHALA": ("si",),
}
_LATIN = (*(c for c in SUPPORTED if c != "ar"),
          "af", "ca", "cs", "cy", "da", "et", "fi", "hr", "hu", "id", "lt", "lv", "no", "ro", "sk", "sl", "so",
          "sq", "sv", "sw", "tl", "vi")  # fmt: skip

# Letters that only a few languages write.
_LETTERS: dict[str, tuple[str, ...]] = {
    "ñ": ("es", "tl"), "¿": ("es",), "¡": ("es",), "ß": ("de",), "ä": ("de", "fi", "sv", "et", "sk"),
    "ö": ("de", "tr", "sv", "fi", "hu", "et"), "ü": ("de", "tr", "hu", "et", "es"),
    "ł": ("pl",), "ą": ("pl", "lt"), "ę": ("pl", "lt"), "ś": ("pl",), "ź": ("pl",), "ż": ("pl",), "ć": ("pl", "hr"),
    "ń": ("pl",), "ğ": ("tr",), "ı": ("tr",), "ş": ("tr",), "ã": ("pt", "vi"), "õ": ("pt", "et", "vi"),
    "ç": ("fr", "pt", "tr", "sq", "ca"), "œ": ("fr",), "ê": ("fr", "pt", "vi"), "è": ("fr", "it", "ca"), "û": ("fr",),
    "î": ("fr", "ro"), "ë": ("nl", "fr", "sq"), "ï": ("fr", "nl", "ca"), "ù": ("fr", "it", "vi"), "ò": ("it", "ca", "vi"),
    "ì": ("it", "vi"), "â": ("fr", "pt", "ro", "vi"), "ô": ("fr", "pt", "sk", "vi"), "å": ("sv", "da", "no"),
    "ø": ("da", "no"), "æ": ("da", "no"), "ț": ("ro",), "ă": ("ro", "vi"), "ř": ("cs",), "ě": ("cs",), "ů": ("cs",),
    "ő": ("hu",), "ű": ("hu",), "đ": ("vi", "hr"), "ơ": ("vi",), "ư": ("vi",),
    "پ": ("fa", "ur"), "چ": ("fa", "ur"), "گ": ("fa", "ur"), "ک": ("fa", "ur"), "ی": ("fa", "ur"), "ٹ": ("ur",),
    "ے": ("ur",), "ں": ("ur",), "ہ": ("ur",), "ة": ("ar",), "ي": ("ar",), "ك": ("ar",), "ى": ("ar",),
    "і": ("uk",), "ї": ("uk",), "є": ("uk",), "ы": ("ru",), "э": ("ru",), "ё": ("ru",), "ъ": ("bg",), "ј": ("mk",),
}  # fmt: skip


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
    words = _WORD.findall(clean.lower().replace("’", "'"))
    if not words:
        return Guess(fallback, 0.0, fallback in SUPPORTED)
    candidates = _candidates(clean)
    if len(candidates) == 1:
        return Guess(candidates[0], 1.0, candidates[0] in SUPPORTED)
    posterior = _posterior(clean, words, candidates, known, local)
    best = max(posterior, key=lambda language: posterior[language])
    if known is not None and known in posterior and posterior[best] < _SWITCH_AT:
        best = known
    return Guess(best, round(posterior[best], 4), best in SUPPORTED)


def _candidates(text: str) -> tuple[str, ...]:
    """The languages that the script leaves possible."""
    seen: dict[str, int] = {}
    for letter in text:
        if letter.isalpha():
            script = _script(letter)
            seen[script] = seen.get(script, 0) + 1
    total = sum(seen.values())
    foreign = {s: n for s, n in seen.items() if s in _SCRIPTS}
    # Brands and product names are written in Latin letters in every language, so a quarter is enough.
    if sum(foreign.values()) < 0.25 * total:
        return _LATIN
    if "HIRAGANA" in foreign or "KATAKANA" in foreign:
        return ("ja",)
    return _SCRIPTS[max(foreign, key=lambda s: foreign[s])]


@lru_cache(maxsize=4096)
def _script(letter: str) -> str:
    return unicodedata.name(letter, "?").partition(" ")[0]


def _posterior(
    text: str, words: list[str], candidates: tuple[str, ...], known: str | None, local: str | None
) -> dict[str, float]:
    score = dict.fromkeys(candidates, 0.0)
    for language in candidates:
        if language not in SUPPORTED and language != "hi" and len(candidates) > 3:
            score[language] += _UNSUPPORTED_PRIOR
    for told, weight in ((known, _KNOWN_PRIOR), (local, _LOCALE_PRIOR), ("en", _ENGLISH_PRIOR)):
        if told in score:
            score[told] += weight
    if candidates is not _LATIN:
        score[candidates[0]] += 2.0
    columns, table = _statistics(), _table(candidates)
    sums = [0.0] * len(candidates)
    for gram in _ngrams(" ".join(words)):
        logs = table.get(gram)
        if logs is None:
            probabilities = columns.get(gram)
            if probabilities is None:
                continue
            logs = table[gram] = tuple(math.log(probabilities[i] + _SMOOTHING) for i in _indices(candidates))
        sums = [a + b for a, b in zip(sums, logs, strict=True)]
    for language, value in zip(candidates, sums, strict=True):
        score[language] += _NGRAM_WEIGHT * value
    for word in words:
        for language in _speakers(word):
            if language in score:
                score[language] += _WORD_WEIGHT
    for letter in set(text.lower()) & _LETTERS.keys():
        for language in _LETTERS[letter]:
            if language in score:
                score[language] += _LETTER_WEIGHT
    top = max(score.values())
    weights = {c: math.exp(s - top) for c, s in score.items()}
    total = sum(weights.values())
    return {c: w / total for c, w in weights.items()}


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
    """langdetect's table: for each n-gram its share in every language's text."""
    table: dict[str, list[float]] = _factory().word_lang_prob_map
    return table


@cache
def _indices(candidates: tuple[str, ...]) -> tuple[int, ...]:
    order = _factory().langlist
    return tuple(order.index(c) for c in candidates)


@cache
def _table(candidates: tuple[str, ...]) -> dict[str, tuple[float, ...]]:
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
