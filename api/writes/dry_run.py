"""Dry run of a change: the records and matrix cells before and after it. Nothing is stored."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

import msgspec.json
from flask import Response, g
from sqlite_utils import Database

from api.http.problems import InvalidQuery
from api.http.serialization import dump_json, json_response
from api.openapi.json_schema import BOOLEAN, ID, INTEGER, Json, array_of, nullable, object_of
from api.openapi.routes import MediaType
from api.views.changes import ACTION
from api.views.matrix import MatrixQuery, build
from seed.storage.writer import last_revision

MAX_CHANGES = 200
"""The most changes of records that a difference shows."""
MAX_CELLS = 200
"""Maximum number of cells of the matrix that a difference shows."""
STATE: Json = {
    "title": "State",
    "type": ["object", "null"],
    "description": "The fields that differ; null where there is nothing.",
}
DIFFERENCE: Json = {
    **object_of(
        {
            "dry_run": BOOLEAN,
            "total": {**INTEGER, "description": "The number of changes of records."},
            "changes": array_of(
                object_of(
                    {"action": ACTION, "type": ID, "id": ID} | {"before": STATE, "after": STATE},
                    "RecordDifference",
                ),
                MAX_CHANGES,
            ),
            "matrix": nullable(
                object_of(
                    {
                        "total": {**INTEGER, "description": "The number of cells that differ."},
                        "cells": array_of(
                            object_of({"party": ID, "row": ID, "before": STATE, "after": STATE}, "CellDifference"),
                            MAX_CELLS,
                        ),
                    },
                    "MatrixDifference",
                )
            )
            | {"description": "The cells of /matrix that differ; null if it is too large to be shown as a whole."},
        },
        "Difference",
    ),
    "description": "With `dry_run`: what the change would do.",
}
DRY_RUN = MediaType(DIFFERENCE, {"dry_run": True, "total": 0, "changes": [], "matrix": {"total": 0, "cells": []}})
Cells = dict[tuple[str, str], dict[str, Any]]


def preview(db: Database, change: Callable[[Database], object]) -> Response:
    """Make a change and undo it, and respond with what it did."""
    before, revision = _cells(db.conn), last_revision(db)
    db.execute("savepoint dry_run")
    change(db)
    after = _cells(db.conn)
    (total,) = db.execute("select count(*) from changes where revision > ?", [revision]).fetchone()
    select = "select action, type, id from changes where revision > ? order by revision, ordinal limit ?"
    changes = [Changed(*row) for row in db.execute(select, [revision, MAX_CHANGES]).fetchall()]
    new = [None if one.action == "delete" else _record(db, one) for one in changes]
    db.execute("rollback to dry_run")
    old = [None if one.action == "create" else _record(db, one) for one in changes]
    difference = {
        "dry_run": True,
        "total": total,
        "changes": [one._asdict() | _differing(*states) for one, *states in zip(changes, old, new, strict=True)],
        "matrix": None if before is None or after is None else _compare(before, after),
    }
    return json_response(dump_json(difference))


class Changed(NamedTuple):
    """A record that the change creates, updates or deletes."""

    action: str
    type: str
    id: str


def _record(db: Database, changed: Changed) -> dict[str, Any] | None:
    """Return a record as served, with what other sources add, but without derived fields."""
    row = db.execute(f'select record from "{changed.type}" where id = ?', [changed.id]).fetchone()
    record: dict[str, Any] | None = msgspec.json.decode(row[0]) if row else None
    return record


def _differing(old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> dict[str, Any]:
    if old is None or new is None:
        return {"before": old, "after": new}
    names = [name for name in new if old.get(name) != new[name]]
    return {"before": {name: old.get(name) for name in names}, "after": {name: new[name] for name in names}}


def _compare(before: Cells, after: Cells) -> dict[str, Any]:
    """Return the cells that differ and have a position before or after."""
    recorded = {place for cells in (before, after) for place, cell in cells.items() if cell["positions"]}
    places = sorted(place for place in recorded if before.get(place) != after.get(place))
    cells = [
        {"party": party, "row": row, **_differing(before.get((party, row)), after.get((party, row)))}
        for party, row in places[:MAX_CELLS]
    ]
    return {"total": len(places), "cells": cells}


def _cells(connection: sqlite3.Connection) -> Cells | None:
    """Return the cells of the matrix by party and row, or None if it is too large."""
    with _reading(connection):
        try:
            cells = build(MatrixQuery().load({}))["cells"]
        except InvalidQuery:
            return None
    return {(cell.pop("party"), cell.pop("row")): cell for cell in cells}


@contextmanager
def _reading(connection: sqlite3.Connection) -> Iterator[None]:
    """Let views read from the connection of the change instead of the one of the request."""
    outer = {name: g.pop(name) for name in ("connection", "revision") if name in g}
    connection.row_factory, g.connection = sqlite3.Row, connection
    try:
        yield
    finally:
        connection.row_factory = None
        for name in ("connection", "revision"):
            g.pop(name, None)
        for name, value in outer.items():
            setattr(g, name, value)
