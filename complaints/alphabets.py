"""Which languages write a script, and which letters only a few languages write."""

from __future__ import annotations

SCRIPTS: dict[str, tuple[str, ...]] = {
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
"""By the first word of a letter's Unicode name; the likeliest language first. Latin is not listed."""

OTHER_LATIN = (
    "af", "ca", "cs", "cy", "da", "et", "fi", "hr", "hu", "id", "lt", "lv",
    "no", "ro", "sk", "sl", "so", "sq", "sv", "sw", "tl", "vi",
)  # fmt: skip
"""Languages in Latin letters that langdetect knows and we do not speak."""

LETTERS: dict[str, tuple[str, ...]] = {
    "ñ": ("es", "tl"), "¿": ("es",), "¡": ("es",), "ß": ("de",), "ä": ("de", "fi", "sv", "et", "sk"),
    "ö": ("de", "tr", "sv", "fi", "hu", "et"), "ü": ("de", "tr", "hu", "et", "es"), "ł": ("pl",),
    "ą": ("pl", "lt"), "ę": ("pl", "lt"), "ś": ("pl",), "ź": ("pl",), "ż": ("pl",), "ć": ("pl", "hr"),
    "ń": ("pl",), "ğ": ("tr",), "ı": ("tr",), "ş": ("tr",), "ã": ("pt", "vi"), "õ": ("pt", "et", "vi"),
    "ç": ("fr", "pt", "tr", "sq", "ca"), "œ": ("fr",), "ê": ("fr", "pt", "vi"), "è": ("fr", "it", "ca"),
    "û": ("fr",), "î": ("fr", "ro"), "ë": ("nl", "fr", "sq"), "ï": ("fr", "nl", "ca"),
    "ù": ("fr", "it", "vi"), "ò": ("it", "ca", "vi"), "ì": ("it", "vi"), "â": ("fr", "pt", "ro", "vi"),
    "ô": ("fr", "pt", "sk", "vi"), "å": ("sv", "da", "no"), "ø": ("da", "no"), "æ": ("da", "no"),
    "ț": ("ro",), "ă": ("ro", "vi"), "ř": ("cs",), "ě": ("cs",), "ů": ("cs",), "ő": ("hu",), "ű": ("hu",),
    "đ": ("vi", "hr"), "ơ": ("vi",), "ư": ("vi",), "پ": ("fa", "ur"), "چ": ("fa", "ur"), "گ": ("fa", "ur"),
    "ک": ("fa", "ur"), "ی": ("fa", "ur"), "ٹ": ("ur",), "ے": ("ur",), "ں": ("ur",), "ہ": ("ur",),
    "ة": ("ar",), "ي": ("ar",), "ك": ("ar",), "ى": ("ar",), "і": ("uk",), "ї": ("uk",), "є": ("uk",),
    "ы": ("ru",), "э": ("ru",), "ё": ("ru",), "ъ": ("bg",), "ј": ("mk",), "ь": ("ru", "uk"),
    "й": ("ru", "uk", "bg"), "щ": ("ru", "uk", "bg"), "я": ("ru", "uk", "bg"), "ю": ("ru", "uk", "bg"),
}  # fmt: skip
"""Letters that speak for the languages that write them."""
