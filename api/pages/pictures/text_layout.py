"""Text of pictures: its styles, its estimated width, and its lines.

Why no font library: nobody knows which font a reader has. The widths are about those of DejaVu Sans, a wide one, so
that text does not run over, and ends a little early in most fonts.
"""

from functools import lru_cache
from typing import NamedTuple

from wcwidth import wcwidth

from api.lists.text_table import safe_text
from schemas.terms import SIDES

MAX_LINES = 40
"""Maximum number of lines of one text; the rest is replaced by an ellipsis."""
WIDTHS = {
    **dict.fromkeys("ijlI.,:;'’‘|! ", 0.32),
    **dict.fromkeys("ftr-()[]/", 0.41),
    **dict.fromkeys('csvxyzk“”"?', 0.57),
    **dict.fromkeys("mwMW@—…%≠+±−", 0.95),
}
"""The width of a character as a part of the font size, for those that are not as wide as most."""
LOWER, UPPER, WIDE = 0.63, 0.73, 1.1
REGULAR, BOLD = 400, 1.12
"""The weight of text that is not bold, and how much wider bold text is."""


class Style(NamedTuple):
    """A style of text. The sizes are in the units of the picture, which are pixels if it is not scaled."""

    size: float
    leading: float
    family: str
    colour: str
    weight: int = REGULAR


STYLES = {
    "title": Style(25, 31, "serif", "ink", 700),
    "about": Style(14, 20, "sans", "quiet"),
    "column": Style(16, 21, "serif", "ink", 700),
    "row": Style(15.5, 20, "serif", "ink", 700),
    "name": Style(14.5, 19.5, "sans", "ink", 600),
    "text": Style(14.5, 19.5, "sans", "ink"),
    "quote": Style(17, 23, "serif", "ink"),
    "small": Style(13.5, 18, "sans", "quiet"),
    "mark": Style(13.5, 18, "sans", "against", 600),
    **{f"chip-{side}": Style(13.5, 18, "sans", side) for side in SIDES},
    **{f"stance-{side}": Style(13.5, 18, "sans", side, 600) for side in SIDES},
    "what": Style(13.5, 18, "sans", "ink"),
}


def style_rules() -> str:
    """Return the styles as rules of CSS."""
    return "".join(
        f".{name} {{ font: {style.weight} {style.size}px var(--{style.family}); fill: var(--{style.colour}); }}\n"
        for name, style in STYLES.items()
    )


def text_width(text: str, style: str) -> float:
    """Return the estimated width of a text."""
    of = STYLES[style]
    return sum(map(_character_width, text)) * of.size * (BOLD if of.weight > REGULAR else 1)


def wrap_text(text: str, style: str, width: float) -> list[str]:
    """Break a text into at most `MAX_LINES` lines, between words or, if one is too long for a line, within it."""
    lines, line, used = list[str](), "", 0.0
    space = text_width(" ", style)
    for word in safe_text(" ".join(text.split())).split(" "):
        size = text_width(word, style)
        if line and used + space + size > width:
            lines.append(line)
            line = ""
        line, used = (f"{line} {word}", used + space + size) if line else (word, size)
        while used > width and len(lines) < MAX_LINES and (end := _fitting_end(line, style, width)) < len(line):
            lines.append(line[:end])
            line = line[end:]
            used = text_width(line, style)
        if len(lines) >= MAX_LINES:
            return [*lines[: MAX_LINES - 1], _shorten(lines[MAX_LINES - 1], style, width)]
    return [*lines, line]


def _shorten(line: str, style: str, width: float) -> str:
    """Return a line that ends in an ellipsis."""
    return f"{line[: _fitting_end(line, style, width - text_width('…', style))].rstrip()}…"


def _fitting_end(text: str, style: str, width: float) -> int:
    """Return how many characters fit a width: up to a hyphen if there is one, at least one, with combining marks."""
    unit, used, end = text_width("o", style) / LOWER, 0.0, 0
    while end < len(text) and (not end or used + _character_width(text[end]) * unit <= width):
        used += _character_width(text[end]) * unit
        end += 1
    while end < len(text) and wcwidth(text[end]) == 0:
        end += 1
    return text.rfind("-", 0, end) + 1 if end < len(text) and "-" in text[:end] else end


@lru_cache(maxsize=4096)
def _character_width(character: str) -> float:
    if character in WIDTHS:
        return WIDTHS[character]
    columns = wcwidth(character)
    if columns != 1:
        return WIDE * max(columns, 0) / 2
    return UPPER if character.isupper() else LOWER
