"""Views: what is derived from the records. Each is a declaration, a function that builds it, and its forms."""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from flask import Flask, Response
from marshmallow import Schema

from api.http.query_params import parse_query
from api.http.serialization import JSON, best_media_type, dump_json, json_response
from api.lists.csv import escape_formula
from api.lists.formats import CSV, TEXT
from api.openapi.json_schema import LONG_TEXT, Json
from api.openapi.routes import Endpoint, MediaType, add_route
from schemas.query_schema import QuerySchema

Query = Mapping[str, Any]
Data = dict[str, Any]
Rows = Sequence[Sequence[Any]]


class View(NamedTuple):
    """A view: where it is, what it is for, how it is built, and what forms it has beside JSON."""

    path: str
    purpose: str
    operation: str
    build: Callable[..., Data]
    schema: Json
    example: Data
    query: Schema = QuerySchema()
    rows: Callable[[Data, Query], Rows] | None = None
    """The view as rows of a table, the header first."""
    text: Callable[[Data], str] | None = None
    """The view as text to be read in a terminal."""
    path_values: Mapping[str, Mapping[str, Any]] = {}
    tag: str = "views"

    def forms(self) -> dict[str, tuple[str, Callable[[Data, Query], Response], MediaType]]:
        """The suffix of each form the view has: its media type, how it answers, and how that is described."""
        plain = LONG_TEXT
        found: dict[str, tuple[str, Callable[[Data, Query], Response], MediaType]]
        found = {"": (JSON, _as_json, MediaType(self.schema, self.example))}
        if self.rows:
            found[".csv"] = (CSV, partial(_as_csv, self.rows), MediaType(plain, "party,proposal\r\n"))
        if self.text:
            found[".txt"] = (TEXT, partial(_as_text, self.text), MediaType(plain, "Nothing is recorded.\n"))
        return found


def add_view(app: Flask, view: View) -> None:
    """Add the endpoints of a view: one that the client's preference decides, and one for each suffix."""
    for suffix, (mimetype, _, answer) in view.forms().items():
        endpoint = Endpoint(
            path=view.path + suffix,
            purpose=view.purpose if not suffix else f"{view.purpose.rstrip('.')}, as {mimetype.partition(';')[0]}.",
            operation=view.operation + suffix.removeprefix(".").title(),
            tag=view.tag,
            responses={mimetype: answer},
            query=view.query,
            path_values=view.path_values,
        )
        add_route(app, endpoint, partial(_answer, view, suffix))


def _answer(view: View, suffix: str, **values: str) -> Response:
    forms = view.forms()
    if not suffix:
        by_type = {mimetype.partition(";")[0]: form for form, (mimetype, _, _) in forms.items()}
        suffix = by_type[best_media_type(list(by_type))]
    query = parse_query(view.query)
    return forms[suffix][1](view.build(query, **values), query)


def _as_json(data: Data, query: Query) -> Response:
    return json_response(dump_json(data))


def _as_csv(rows: Callable[[Data, Query], Rows], data: Data, query: Query) -> Response:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerows(map(escape_formula, row) for row in rows(data, query))
    return Response(buffer.getvalue(), content_type=CSV)


def _as_text(text: Callable[[Data], str], data: Data, query: Query) -> Response:
    return Response(text(data).rstrip() + "\n", content_type=TEXT)
