"""The canvas of a picture: what is drawn on it, from top to bottom.

Why no library such as svgwrite: a template writes the SVG; what remains is where each text and line goes.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from api.pages.messages import gettext
from api.pages.pictures.text_layout import STYLES, text_width, wrap_text
from api.pages.values import SIDE_SYMBOLS

PIXELS_PER_COLUMN = 7.6
"""The width of a picture for each column of the parameter `width`."""
MARGIN = 24.0
CHIP_PADDING, CHIP_RADIUS = 7.0, 11.0
BLOCK_PADDING, BLOCK_RADIUS = 9.0, 3.0
MAX_FOOTNOTES = 100
ASCENT = 0.78
"""Where the baseline of a line stands, as a part of its height."""


class Line(NamedTuple):
    """A line of a text, by its baseline."""

    y: float
    text: str


class Mark(NamedTuple):
    """A text, a box, a rule, or the start or the end of a group."""

    kind: str
    style: str = ""
    x: float = 0
    y: float = 0
    width: float = 0
    height: float = 0
    lines: list[Line] = []
    id: str = ""
    radius: float = 0
    """How round the corners of a box are."""
    between: tuple[str | None, str | None] | None = None
    """The first and the last day of a range, None where it is open."""


class BlockText(NamedTuple):
    """A text of a block."""

    text: str
    style: str


class Canvas:
    """A canvas of a width. Drawing functions return the y coordinate at which the next mark may start."""

    def __init__(self, width: float) -> None:
        self.width = width
        self.left, self.right = MARGIN, width - MARGIN
        self.y = MARGIN
        """The height below everything that has been drawn."""
        self.marks: list[Mark] = []
        self.notes: list[str] = []
        """Notes below the picture, for example on what it leaves out."""
        self.footnotes: dict[str, int] = {}
        """Texts below the picture, with the numbers under which marks refer to them."""
        self.footnotes_left_out: set[str] = set()

    @property
    def inner(self) -> float:
        """The width between the margins."""
        return self.right - self.left

    def text(self, text: str, style: str, x: float, y: float, width: float) -> float:
        """Draw a text within a width."""
        return self._place(wrap_text(text, style, width), style, x, y)

    def paragraph(self, text: str, style: str, gap: float = 0) -> None:
        """Draw a text below everything else, as wide as the picture."""
        self.y = self.text(text, style, self.left, self.y + gap, self.inner)

    def chip(self, text: str, side: str, x: float, y: float, width: float, *, inferred: bool = False) -> float:
        """Draw a term with the symbol and the colour of its side; dashed and in words if it is inferred."""
        style = f"chip-{side}"
        room, symbol = width - 2 * CHIP_PADDING, f"{SIDE_SYMBOLS[side]} "
        words = f"{text}, {gettext('inferred')}" if inferred else text
        first, *rest = wrap_text(words, style, room - text_width(symbol, style))
        lines = [symbol + first, *rest]
        used = min(room, max(text_width(line, style) for line in lines))
        look, height = f"chip {side}{' inferred' if inferred else ''}", len(lines) * STYLES[style].leading + 4
        self.marks.append(Mark("box", look, x, y, used + 2 * CHIP_PADDING, height, radius=CHIP_RADIUS))
        if rest:
            self._place(lines, style, x + CHIP_PADDING, y + 2)
        else:  # centred, since the width is an estimate
            self._place(lines, f"{style} middle", x + CHIP_PADDING + used / 2, y + 2)
        return y + height

    def footnote(self, text: str) -> str:
        """Add a footnote unless there is one of the same text. Return its number as a mark; "" if there is no room."""
        if text not in self.footnotes and len(self.footnotes) == MAX_FOOTNOTES:
            self.footnotes_left_out.add(text)
            return ""
        return f"[{self.footnotes.setdefault(text, len(self.footnotes) + 1)}]"

    def block(
        self, texts: Iterable[BlockText], side: str, x: float, y: float, width: float, *, inferred: bool
    ) -> float:
        """Draw texts below each other, on the colour of a side with an edge; without both and dashed if inferred."""
        placed = [(text.style, wrap_text(text.text, text.style, width - 2 * BLOCK_PADDING)) for text in texts]
        height = sum(len(lines) * STYLES[style].leading for style, lines in placed) + BLOCK_PADDING
        look = f"chip {side}{' inferred' if inferred else ''}"
        self.marks.append(Mark("box", look, x, y, width, height, radius=BLOCK_RADIUS))
        if not inferred:
            self.rule(x + 1.5, y, 0, f"side {side}", height)
        top = y + BLOCK_PADDING / 2
        for style, lines in placed:
            top = self._place(lines, style, x + BLOCK_PADDING, top)
        return y + height

    def box(self, mark: Mark) -> None:
        """Draw a box."""
        self.marks.append(mark)

    def rule(self, x: float, y: float, width: float, style: str = "rule", height: float = 0) -> None:
        """Draw a line, across or, with a height, downwards."""
        self.marks.append(Mark("rule", style, x, y, width, height))

    @contextmanager
    def group(self, id: str) -> Iterator[None]:
        """Group the marks that are drawn in the block, under an id."""
        self.marks.append(Mark("open", id=id))
        yield
        self.marks.append(Mark("close"))

    def _place(self, lines: list[str], style: str, x: float, y: float) -> float:
        leading = STYLES[style.partition(" ")[0]].leading
        placed = [Line(y + (place + ASCENT) * leading, line) for place, line in enumerate(lines)]
        self.marks.append(Mark("text", style, x, y, lines=placed))
        return y + len(lines) * leading


def chip_width(text: str, side: str) -> float:
    """Return the width of a chip that has the room it needs."""
    return text_width(f"{SIDE_SYMBOLS[side]} {text}", f"chip-{side}") + 2 * CHIP_PADDING
