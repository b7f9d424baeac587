"""Quotations: which parts of a text are in quotation marks, in many languages.

Why no library: those that know typographic marks replace or count them; none pairs them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from seed.quotation_marks import (
    CLOSING,
    REPORTING,
    SINGLE,
    STRAIGHT_DOUBLE,
    SYMMETRICAL,
    USUAL_OPENING,
    Direction,
    direction,
    find_marks,
    is_ambiguous,
    is_inch_mark,
    is_like_apostrophe,
    may_be_apostrophe,
    may_be_letters,
)

Span = tuple[int, int]


def quoted_spans(lines: Sequence[str]) -> list[list[Span]]:
    """Return start and end of each quotation in each paragraph, without its marks, in linear time.

    No prose is taken for a quotation: if a mark is missing, or may be an apostrophe or another letter, nothing is
    quoted. Marks that only convention tells apart quote nothing if one of them, or a closing mark, fits nowhere. A mark
    that is not closed in its paragraph quotes up to the end of it if the next paragraph begins with the same mark
    again, and so on until it is closed, unless there are words of a reporter after it; `unclosed_paragraphs` lists
    these, as the closing mark may also have been forgotten.
    """
    return [paragraph.spans for paragraph in _read_paragraphs(lines)]


def unclosed_paragraphs(lines: Sequence[str]) -> list[int]:
    """Return the numbers of the paragraphs, from 1, that end in a quotation which the next one seems to go on with."""
    return [number for number, paragraph in enumerate(_read_paragraphs(lines), 1) if paragraph.goes_on]


def quotations(lines: Sequence[str]) -> Iterator[list[str]]:
    """Yield the texts of the quotations in each paragraph."""
    for line, spans in zip(lines, quoted_spans(lines), strict=True):
        yield [line[start:end] for start, end in spans]


def without_quotations(lines: Sequence[str]) -> Iterator[str]:
    """Yield each paragraph with ` | ` for each quotation."""
    for line, spans in zip(lines, quoted_spans(lines), strict=True):
        ends = [0, *(end for _, end in spans)]
        starts = [*(start for start, _ in spans), len(line)]
        yield " | ".join(line[end:start] for end, start in zip(ends, starts, strict=True))


def _read_paragraphs(lines: Sequence[str]) -> list["_Paragraph"]:
    paragraphs = [_Paragraph(line) for line in lines]
    following = None
    for paragraph in reversed(paragraphs):
        if following and (opened := paragraph.unclosed) and opened.mark == following:
            paragraph.add(opened.place + 1, len(paragraph.line))
            paragraph.goes_on = True
        following = paragraph.first_mark
    return paragraphs


@dataclass
class _OpenMark:
    """A mark that is not closed yet; what follows a doubtful one is not surely quoted."""

    place: int
    mark: str
    is_doubtful: bool = False


@dataclass
class _Paragraph:
    """The quotations in a paragraph, and the marks that stay open at its end.

    The stack of open marks is short: each mark occurs in it once, except for single marks, which are never adjacent.
    """

    line: str
    spans: list[Span] = field(default_factory=list)
    stack: list[_OpenMark] = field(default_factory=list)
    goes_on: bool = False
    """Whether it ends in a quotation that the next paragraph goes on with."""
    ambiguous: set[int] = field(default_factory=set)
    """The places of marks that convention alone tells apart, as between Chinese characters."""
    unpaired: set[int] = field(default_factory=set)
    """The places of ambiguous marks that belong to no pair, and of other marks that close nothing."""

    def __post_init__(self) -> None:
        for place, mark in find_marks(self.line):
            possible, depth = direction(self.line, place), self._depth_closed_by(mark)
            if is_ambiguous(self.line, place, possible):
                self.ambiguous.add(place)
                self.unpaired.add(place)
            read = self._read_single if mark in SINGLE else self._read_double
            read(place, mark, self._resolve(mark, possible, depth), depth)
        if self._contradicts_convention():
            self.spans = [(start, end) for start, end in self.spans if self.ambiguous.isdisjoint((start - 1, end))]

    def _contradicts_convention(self) -> bool:
        """Return whether a mark fits nowhere, except for that of a quotation which may go on in the next paragraph."""
        return bool(self.unpaired - ({self.unclosed.place} if self.unclosed else set()))

    @property
    def first_mark(self) -> str | None:
        """Return the mark that begins the paragraph, if it certainly opens a quotation."""
        start = len(self.line) - len(self.line.lstrip())
        return self.line[start] if self.spans and self.spans[0][0] == start + 1 else None

    @property
    def unclosed(self) -> _OpenMark | None:
        """Return the mark of a quotation that may go on in the next paragraph: at the start, or after a colon."""
        if not self.stack or any(opened.mark not in SINGLE for opened in self.stack[1:]):
            return None
        first = self.stack[0]
        if first.is_doubtful or first.mark in SINGLE or REPORTING.search(self.line, first.place):
            return None
        before = self.line[: first.place].rstrip()
        return first if not before or before.endswith(":") else None

    def add(self, start: int, end: int) -> None:
        """Add a quotation instead of those inside it."""
        while self.spans and self.spans[-1][0] >= start:
            self.spans.pop()
        if start < end:
            self.spans.append((start, end))

    def _depth_closed_by(self, mark: str) -> int | None:
        """Return which open mark another closes: the last, or the one before a single mark."""
        for depth in (-1, -2)[: len(self.stack)]:
            opened = self.stack[depth].mark
            if mark in CLOSING[opened]:
                return depth
            if opened not in SINGLE or mark in SINGLE:
                return None
        return None

    def _resolve(self, mark: str, possible: Direction, depth: int | None) -> Direction:
        """Choose between opening and closing if both are possible."""
        if possible != "either":
            return possible
        if mark in STRAIGHT_DOUBLE | {"'"}:
            return "unclear"
        is_closing = mark in USUAL_OPENING or (depth is not None and self.stack[depth].mark != mark)
        return "close" if is_closing else "open"

    def _read_double(self, place: int, mark: str, direction: Direction, depth: int | None) -> None:
        is_repeated = self._is_open(mark)
        if direction == "close" and depth is not None:
            self._close(place, depth)
        elif direction == "open" and not self._is_counterpart_open(mark):
            if is_repeated:
                self.stack.clear()
            self.stack.append(_OpenMark(place, mark, is_repeated and mark in SYMMETRICAL))
        elif is_repeated or not is_inch_mark(self.line, place):
            self.unpaired.add(place)
            self.stack.clear()

    def _read_single(self, place: int, mark: str, direction: Direction, depth: int | None) -> None:
        is_repeated = bool(self.stack) and self.stack[-1].mark == mark
        if direction == "close" and depth is not None:
            self._close(place, depth)
        elif direction == "open" and mark in CLOSING:
            if is_repeated:
                self.stack.pop()
            self.stack.append(_OpenMark(place, mark, is_repeated and mark in SYMMETRICAL))
        elif direction != "close":
            self.unpaired.add(place)
            if is_repeated:
                self.stack[-1].is_doubtful = True
        elif self._may_be_mistyped(place):
            self.stack[-1].is_doubtful = True

    def _may_be_mistyped(self, place: int) -> bool:
        """Return whether a single mark that closes nothing may be meant to close the last one."""
        return bool(self.stack) and self.stack[-1].mark in SINGLE and not is_like_apostrophe(self.line, place)

    def _is_open(self, mark: str) -> bool:
        return any(opened.mark == mark for opened in self.stack)

    def _is_counterpart_open(self, mark: str) -> bool:
        """Return whether a mark is open that usually opens before this one, or closes after it."""
        return any(
            opened.mark in USUAL_OPENING.get(mark, "") or mark in USUAL_OPENING.get(opened.mark, "")
            for opened in self.stack
        )

    def _close(self, place: int, depth: int) -> None:
        opened = self.stack[depth]
        opened.is_doubtful = (
            opened.is_doubtful
            or may_be_apostrophe(self.line, opened.place, place)
            or may_be_letters(self.line, opened.place, place)
        )
        if opened.is_doubtful and is_like_apostrophe(self.line, place):
            return
        del self.stack[depth:]
        if not opened.is_doubtful:
            self.unpaired -= {opened.place, place}
            self.add(opened.place + 1, place)
