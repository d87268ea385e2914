"""Small copies of the pictures that came with a case."""

from __future__ import annotations

import io
import warnings
from pathlib import Path

from PIL import Image, ImageOps

WIDTH = 640
"""Pixels of the longer side: about 300 dpi in a third of a page."""


def small(path: Path) -> bytes | None:
    """A JPEG of the picture at ``path``, or ``None`` for what no picture can be made of.

    Broken and enormous ones are taken as given: anybody may send us anything.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path) as opened:
                opened.draft("RGB", (WIDTH * 2, WIDTH * 2))
                picture = ImageOps.exif_transpose(opened)
                picture.thumbnail((WIDTH, WIDTH))
                solid = picture.convert("RGBA")
        flat = Image.new("RGB", solid.size, "white")
        flat.paste(solid, mask=solid.getchannel("A"))
        kept = io.BytesIO()
        flat.save(kept, "JPEG", quality=80)
    except (
        OSError,
        ValueError,
        SyntaxError,
        MemoryError,
        ArithmeticError,
        Warning,
        Image.DecompressionBombError,
    ):
        return None
    return kept.getvalue()
