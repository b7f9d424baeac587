"""Positions in the CSV of views."""

from typing import Any

from api.http.urls import data_url
from api.views import Data
from api.views.position import NOT_RECORDED

FIELDS = (
    "stance",
    "label",
    "side",
    "explicit",
    "inference",
    "proposal",
    "title",
    "summary",
    "conditions",
    "condition_titles",
    "date",
    "date_basis",
    "date_earliest",
    "date_latest",
    "accounts",
    "attribution",
)
COLUMNS: list[str] = [*FIELDS, "source", "paragraph", "position", "url"]
"""The columns of a position."""


def discussed_cells(statement: Data, label: str) -> list[Any]:
    """Return the values of the columns for a statement that is evidence of no position."""
    citations = statement["citations"]
    known = {"stance": NOT_RECORDED, "label": label, **statement, "position": None, "url": None}
    known |= {name: [citation[name] for citation in citations] for name in ("source", "paragraph")}
    return [known.get(name) for name in COLUMNS]


def position_cells(position: Data) -> list[Any]:
    """Return the values of the columns for a position."""
    citations = position["citations"]
    return [
        *(position[name] for name in FIELDS),
        *([citation[name] for citation in citations] for name in ("source", "paragraph")),
        position["position"],
        data_url(f"/positions/{position['position']}"),
    ]
