"""The typeface of official documents: Liberation Serif, as wide as Times New Roman letter by letter.

Its four files and their licence lie in `fonts/`, so that every machine makes the same PDF.
"""

from functools import cache
from math import ceil
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "fonts"
# A family name that no machine has, so that an installed font can never be taken instead.
FAMILY = "NTM Serif"
# style and weight in CSS -> file
FACES = {
    ("normal", "normal"): "LiberationSerif-Regular.ttf",
    ("normal", "bold"): "LiberationSerif-Bold.ttf",
    ("italic", "normal"): "LiberationSerif-Italic.ttf",
    ("italic", "bold"): "LiberationSerif-BoldItalic.ttf",
}
# Lines don't end here.
HARD_SPACE = "\N{NO-BREAK SPACE}"
# Stands for what the typeface cannot show.
PLACEHOLDER = "\N{WHITE SQUARE}"


@cache
def _advances(weight: str) -> dict[int, float]:
    """Return the width of every sign of the upright face, in parts of the type size."""
    from fontTools.ttLib import TTFont

    with TTFont(FOLDER / FACES["normal", weight]) as font:
        units, widths = font["head"].unitsPerEm, font["hmtx"].metrics
        return {code: widths[glyph][0] / units for code, glyph in font.getBestCmap().items()}


def printable(text: str) -> str:
    """Return `text` with a white square for every sign that the typeface lacks (pictographs, Chinese letters)."""
    known = _advances("normal").keys() | {ord("\n")}
    return "".join(sign if ord(sign) in known else PLACEHOLDER for sign in text)


def width(text: str, size: float, weight: str = "normal") -> float:
    """Return how wide `text` is in points when set upright at `size` points."""
    advances = _advances(weight)
    return size * sum(advances.get(ord(sign), 1) for sign in text)


def count_lines(text: str, size: float, room: float, weight: str = "normal") -> int:
    """Return in how many lines `text` is set within `room` points; a word that is longer takes several."""
    lines = _filled(text, size, room, weight)
    return sum(max(1, ceil(width(line, size, weight) / room)) for line in lines)


def balanced(text: str, size: float, room: float, weight: str = "normal") -> tuple[str, ...]:
    """Return `text` in as few lines as `room` points allow, about equally long: no last line of one word."""
    lines = _filled(text, size, room, weight)
    while (narrower := room - size / 2) > 0 and len(tried := _filled(text, size, narrower, weight)) == len(lines):
        lines, room = tried, narrower
    return lines


def _filled(text: str, size: float, room: float, weight: str) -> tuple[str, ...]:
    lines: list[str] = []
    for word in filter(None, text.split(" ")):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and width(longer, size, weight) <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    return tuple(lines)
