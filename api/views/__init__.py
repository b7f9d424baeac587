"""Views: responses derived from the records. Each is declared as a `View` and added with `add_view`."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from flask import Flask, Response
from marshmallow import Schema

from api.feeds import atom
from api.http.media_types import CSV, HTML, TEXT
from api.http.negotiation import bare, best_media_type
from api.http.problems import InvalidQuery
from api.http.query_params import parse_query
from api.http.serialization import JSON, dump_json, json_response
from api.lists.csv import escape_formula
from api.lists.csv_dialect import SEPARATORS, byte_order_mark, with_dialect, write_columns
from api.lists.list_parameters import DEFAULT_WIDTH
from api.lists.markdown import MARKDOWN, ONE_LINE, markdown_response
from api.lists.markdown import SUFFIX as MARKDOWN_SUFFIX
from api.lists.xlsx import SUFFIX as XLSX_SUFFIX
from api.lists.xlsx import XLSX, require_few, spreadsheet_response
from api.openapi.json_schema import Json
from api.openapi.routes import Endpoint, MediaType, add_embed, add_page, add_preview, add_route
from api.pages import pictures
from api.pages.clean_url import redirect_without_empty
from api.pages.embed import is_embedded
from api.pages.page import SUFFIX
from api.pages.pictures.canvas import Canvas
from api.pages.pictures.preview import draw_preview
from api.pages.view_page import ViewPage, lacks_only_required, page_invitation, page_title, page_view
from api.views.bounds import bound_as
from api.views.text import with_note, with_sources
from schemas.position import Position
from schemas.query_schema import DataQuery

Query = Mapping[str, Any]
Data = dict[str, Any]
Rows = Sequence[Sequence[Any]]
CERTAINTY = {
    name: Position.declared()[name].metadata["description"] for name in ("explicit", "inference", "date_basis")
}
"""What the columns mean that say whether something is stated or inferred."""


class ViewFormat(NamedTuple):
    """A format of a view: its media type, the function that renders it and its query."""

    mimetype: str
    respond: Callable[..., Response]
    """Responds to a query and the values in the path."""
    query: Schema
    pages: bool = False
    """Whether a Link header points to the next page."""


class ViewFeed(NamedTuple):
    """The feed of a view: its query, and the function that builds it."""

    query: Schema
    build: Callable[[Query], atom.Feed]


class View(NamedTuple):
    """A view: its path, the function that builds its data, and the functions that lay the data out."""

    path: str
    purpose: str
    operation: str
    page: ViewPage
    """How it is shown in a browser."""
    build: Callable[..., Data]
    """Returns the data for a query and the values in the path."""
    schema: Json
    example: Data | None = None
    query: Schema = DataQuery()
    rows: Callable[[Data, Query], Rows] | None = None
    """Returns the data as rows of a table, the header first; None if the view has no CSV."""
    text: Callable[[Data, Query], str] | None = None
    """Returns the data as text for a terminal; None if the view has no text."""
    outline: Callable[[Data, Query], str] | None = None
    """Returns the items of its Markdown, each on a line; None if the lines of its text are items."""
    feed: ViewFeed | None = None
    """None if the view has no Atom feed."""
    picture: Callable[[Canvas, Data], None] | None = None
    """Draws the data; None if the view has no picture. Its query then has `width`."""
    path_values: Mapping[str, Mapping[str, Any]] = {}
    tag: str = "views"

    def formats(self) -> dict[str, ViewFormat]:
        """Return the formats of the view by the suffix of the path."""
        formats = dict.fromkeys(("", ".json"), self._format(JSON, _json_response))
        if self.rows:
            as_csv = self._format(CSV, partial(_csv_response, self.rows))
            formats[".csv"] = as_csv._replace(query=with_dialect(self.query))
            formats[XLSX_SUFFIX] = self._format(XLSX, partial(_spreadsheet_response, self.page.title, self.rows))
        if self.text:
            formats[".txt"] = self._format(TEXT, partial(_text_response, self.text))
        if outline := self.outline or self.text:
            formats[MARKDOWN_SUFFIX] = self._format(MARKDOWN, partial(_markdown_response, self.page, outline))
        if self.feed:
            respond = partial(_feed_response, self.feed.build)
            formats[atom.SUFFIX] = ViewFormat(atom.ATOM, respond, self.feed.query, pages=True)
        if self.picture:
            render = partial(_picture_response, self, self.picture)
            formats[pictures.SUFFIX] = self._format(pictures.SVG, render)
        formats[SUFFIX] = self._format(HTML, partial(_page_response, self))
        return formats

    def _format(self, mimetype: str, render: Callable[[Data, Query], Response]) -> ViewFormat:
        """Return a format that renders the data of the view."""

        def respond(query: Query, **values: str) -> Response:
            bound_as(mimetype)
            return render(self.build(query, **values), query)

        return ViewFormat(mimetype, respond, self.query)


def add_view(app: Flask, view: View) -> None:
    """Register an endpoint for each format, and let Accept decide at the path without a suffix."""
    for suffix, format in view.formats().items():
        respond = partial(_respond, view, suffix)
        if suffix == SUFFIX:
            add_page(app, view.path, view.operation, respond)
            continue
        mimetype = bare(format.mimetype)
        endpoint = Endpoint(
            path=view.path + suffix,
            purpose=view.purpose if not suffix else f"{view.purpose.rstrip('.')}, as {mimetype}.",
            operation=view.operation,
            tag=view.tag,
            responses={} if suffix else {JSON: MediaType(view.schema, view.example)},
            query=format.query,
            path_values=view.path_values,
            pages=format.pages,
            suffix=suffix,
        )
        add_route(app, endpoint, respond)
    if view.picture:
        add_embed(app, view.path, view.operation, partial(_respond, view, SUFFIX))
        add_preview(app, view.path, view.operation, partial(_respond_with_preview, view, view.picture))


def _respond(view: View, suffix: str, **values: str) -> Response:
    formats = view.formats()
    if not suffix:
        suffixes = {format.mimetype: suffix for suffix, format in formats.items()}
        suffix = suffixes[best_media_type(list(suffixes))]
    if suffix == SUFFIX and (redirect := redirect_without_empty()):
        return redirect
    format = formats[suffix]
    try:
        return format.respond(parse_query(format.query), **values)
    except InvalidQuery as error:
        invitation = view.page.invitation if suffix == SUFFIX and not is_embedded() else None
        if invitation is None or not lacks_only_required(error, format.query):
            raise
        return page_invitation(view.page, invitation, format.query)


def _respond_with_preview(view: View, draw: Callable[[Canvas, Data], None], **values: str) -> Response:
    data = view.build(parse_query(view.query), **values)
    return draw_preview(page_title(view.page, data), lambda canvas: draw(canvas, data))


def _page_response(view: View, data: Data, query: Query) -> Response:
    rows = partial(view.rows, data, query) if view.rows else None
    return page_view(view.page, view.query, query, data, rows)


def _picture_response(view: View, draw: Callable[[Canvas, Data], None], data: Data, query: Query) -> Response:
    title = page_title(view.page, data)
    return pictures.draw_picture(title, query["width"], lambda canvas: draw(canvas, data))


def _json_response(data: Data, query: Query) -> Response:
    return json_response(dump_json(data))


def _csv_response(rows: Callable[[Data, Query], Rows], data: Data, query: Query) -> Response:
    columns = (list(map(escape_formula, column)) for column in zip(*rows(data, query), strict=True))
    text = write_columns(columns, SEPARATORS[query["sep"]])
    return Response(byte_order_mark(query) + text, content_type=CSV)


def _spreadsheet_response(title: str, rows: Callable[[Data, Query], Rows], data: Data, query: Query) -> Response:
    header, *table = rows(data, query)
    require_few(len(table))
    return spreadsheet_response(title, header, table, CERTAINTY)


def _text_response(text: Callable[[Data, Query], str], data: Data, query: Query) -> Response:
    width = query.get("width", DEFAULT_WIDTH)
    shown = with_note(with_sources(text(data, query).rstrip(), data, width), width)
    return Response(f"{shown}\n", content_type=TEXT)


def _markdown_response(page: ViewPage, outline: Callable[[Data, Query], str], data: Data, query: Query) -> Response:
    return markdown_response(page_title(page, data), outline(data, {**query, "width": ONE_LINE}), data)


def _feed_response(build: Callable[[Query], atom.Feed], query: Query) -> Response:
    return atom.feed_response(build(query))
