"""The confusion picture: a row for each intent, a column for what it was taken for; darker is more often."""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from bot.evaluation.figures import Figures

CELL = 38
LABELS = 190
FONT = 14
_WHITE, _BLACK = (255, 255, 255), (20, 20, 20)
_RIGHT, _WRONG = (22, 101, 52), (153, 27, 27)  # on the diagonal, and off it


def said_names(figures: Figures) -> list[str]:
    """The columns: the intents that the examples have, then whatever else was answered."""
    answered = {said for row in figures.confusion.values() for said in row}
    return [*figures.confusion, *sorted(answered - figures.confusion.keys())]


def colour(share: float, *, right: bool) -> tuple[int, int, int]:
    """The colour of a cell that holds this share of its row; mistakes stand out sooner than successes."""
    full = _RIGHT if right else _WRONG
    depth = share if right else min(1.0, share * 2)
    red, green, blue = (round(w + (f - w) * depth) for w, f in zip(_WHITE, full, strict=True))
    return red, green, blue


def draw(figures: Figures, file: Path) -> None:
    """Write the picture as PNG."""
    rows, columns = list(figures.confusion), said_names(figures)
    image = Image.new("RGB", (LABELS + CELL * len(columns) + 10, LABELS + CELL * len(rows) + 10), _WHITE)
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(FONT)
    middle = (CELL - FONT) // 2
    for across, name in enumerate(columns):
        label = Image.new("RGB", (LABELS - 10, CELL), _WHITE)
        ImageDraw.Draw(label).text((0, middle), name, font=font, fill=_BLACK)
        image.paste(label.rotate(90, expand=True), (LABELS + across * CELL, 5))
    for down, true in enumerate(rows):
        top = LABELS + down * CELL
        pen.text((LABELS - 8, top + CELL // 2), true, font=font, fill=_BLACK, anchor="rm")
        whole = sum(figures.confusion[true].values())
        for across, said in enumerate(columns):
            left, times = LABELS + across * CELL, figures.confusion[true].get(said, 0)
            shade = colour(times / whole, right=said == true)
            pen.rectangle((left, top, left + CELL - 2, top + CELL - 2), fill=shade, outline=(225, 225, 225))
            if times:
                ink = _WHITE if sum(shade) < 380 else _BLACK
                centre = (left + CELL // 2 - 1, top + CELL // 2)
                pen.text(centre, str(times), font=font, fill=ink, anchor="mm")
    image.save(file, optimize=True)
