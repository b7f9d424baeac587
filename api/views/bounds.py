"""How much one view puts together: less for a page, which a person reads and waits for, than for a program."""

from typing import NamedTuple

from flask import g


class Bound(NamedTuple):
    """Maximum number of items in a view, in the formats for programs and on a page."""

    data: int
    page: int

    def now(self) -> int:
        """Return the bound of the response that is being made."""
        return self.page if g.get("makes_page") else self.data


def bound_as_page() -> None:
    """Bound what views put together during this request as on a page."""
    g.makes_page = True
