"""The fonts of printed documents: unpacked once in each process, together with those of the machine."""

from __future__ import annotations

import lzma
import tempfile
from functools import cache
from pathlib import Path

import typst

_PACKED = Path(__file__).parent / "fonts"

FAMILIES = ("FiraGO", "Droid Sans Fallback", "Noto Emoji")
"""In this order; what none of them has is looked for among the fonts of the machine."""


@cache
def fonts() -> typst.Fonts:
    """All fonts there are: ours (``fonts/README.md``), and those that are installed here."""
    return typst.Fonts(include_system_fonts=True, include_embedded_fonts=False, font_paths=[_unpacked().name])


@cache
def _unpacked() -> tempfile.TemporaryDirectory[str]:
    """A folder that lives as long as the process: the fonts are read when they are first needed."""
    folder = tempfile.TemporaryDirectory(prefix="recourse-fonts-")
    for packed in sorted(_PACKED.glob("*.ttf.xz")):
        Path(folder.name, packed.stem).write_bytes(lzma.decompress(packed.read_bytes()))
    return folder
