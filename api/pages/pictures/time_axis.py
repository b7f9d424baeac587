"""The time axis of a picture: where a day stands, and at which days there are ticks."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import NamedTuple

from api.pages.values import date_in_words

MONTHS = (1, 3, 6, 12, 24, 60, 120, 300, 600, 1200, 3000, 6000, 12000, 36000, 120000)
"""How many months there may be between two ticks."""
MIN_TICK_WIDTH = 84.0
MONTH_DAYS = 30.44
PADDING = 0.06
"""The part of the axis before the first and after the last day, for ranges that are open."""


class Tick(NamedTuple):
    """A labelled place on the axis."""

    x: float
    label: str


class TimeAxis:
    """An axis from the first to the last day of some ranges."""

    def __init__(self, days: Iterable[str], left: float, right: float) -> None:
        ordinals = [date.fromisoformat(day).toordinal() for day in days]
        self.left, self.right = left, right
        self.first, self.last = min(ordinals), max(ordinals) + 1
        self.inset = (right - left) * PADDING

    def place(self, day: str, *, end: bool = False) -> float:
        """Return where a day begins, or where it ends."""
        return self._at(date.fromisoformat(day).toordinal() + end)

    def ticks(self) -> Iterator[Tick]:
        """Yield a tick at the first day of some months, so that their labels do not touch."""
        width = self.right - self.left - 2 * self.inset
        months = max(1, (self.last - self.first) / MONTH_DAYS)
        step = next((step for step in MONTHS if step / months * width >= MIN_TICK_WIDTH), MONTHS[-1])
        start = date.fromordinal(self.first)
        month = -(-(start.year * 12 + start.month - 1 + (start.day > 1)) // step) * step
        for number in range(month, (date.max.year + 1) * 12, step):
            year, index = divmod(number, 12)
            x = self._at(date(year, index + 1, 1).toordinal())
            if x > self.right - MIN_TICK_WIDTH / 2:
                return
            yield Tick(x, date_in_words(f"{year:04}" if step % 12 == 0 else f"{year:04}-{index + 1:02}"))

    def _at(self, ordinal: int) -> float:
        width = self.right - self.left - 2 * self.inset
        return self.left + self.inset + (ordinal - self.first) / (self.last - self.first) * width
