"""The page of a view: its data in a template, and a form of its filters."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from flask import Response, request
from marshmallow import Schema

from api.http.problems import InvalidQuery
from api.pages.embed import is_embedded
from api.pages.filter_form import filter_form
from api.pages.messages import declared
from api.pages.page import TIMELINE_PREVIEW, render_invitation, render_page
from schemas.errors import json_pointer


class ViewPage(NamedTuple):
    """The page of a view: heading, purpose, and template.

    `invitation` asks for the required parameters; the page without them is 200 and has only the form. None if there are
    no such parameters. `preview` returns the path of a picture for previews of a view that has no picture.
    """

    title: str
    about: str
    template: str = "parts/table.html"
    invitation: str | None = None
    preview: Callable[[Mapping[str, Any], Mapping[str, Any]], str] = lambda query, data: TIMELINE_PREVIEW


def page_title(page: ViewPage, data: Mapping[str, Any]) -> str:
    """Return the title of a view, after that of the record that it is about."""
    record, title = data.get("title"), declared(page.title)
    return f"{record}: {title[0].lower()}{title[1:]}" if record else title


def page_view(
    page: ViewPage,
    schema: Schema,
    query: Mapping[str, Any],
    data: Mapping[str, Any],
    rows: Callable[[], Sequence[Sequence[Any]]] | None,
) -> Response:
    """Respond with the page of a view. `rows` returns the rows of its CSV, the header first; None without CSV."""
    return render_page(
        "embedded_view.html" if is_embedded() else "view.html",
        page_title(page, data),
        preview=page.preview(query, data),
        heading=declared(page.title),
        about=declared(page.about),
        part=page.template,
        query=query,
        data=data,
        rows=rows,
        form=filter_form(schema),
    )


def page_invitation(page: ViewPage, invitation: str, schema: Schema) -> Response:
    """Respond with the page of a view that was requested without its required parameters: the form to fill in."""
    return render_invitation(
        declared(page.title),
        about=declared(page.about),
        invitation=declared(invitation),
        form=filter_form(schema),
    )


def lacks_only_required(error: InvalidQuery, schema: Schema) -> bool:
    """Return whether all that is wrong with a query is that it has no value for a required parameter."""
    missing = {json_pointer(name) for name, field in schema.fields.items() if field.required} - {
        json_pointer(name) for name in request.args
    }
    return {each.pointer for each in error.errors} <= missing
