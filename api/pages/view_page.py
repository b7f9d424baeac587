"""The page of a view: its data laid out by a template, and a form that narrows it."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from flask import Response
from marshmallow import Schema

from api.pages.embed import is_embedded
from api.pages.filter_form import filter_form
from api.pages.messages import declared
from api.pages.page import render_page


class ViewPage(NamedTuple):
    """How a view is shown: its heading, what it is for, and the template of its data."""

    title: str
    about: str
    template: str = "parts/table.html"


def page_title(page: ViewPage, data: Mapping[str, Any]) -> str:
    """Return the title of a view, after that of the record that it is about."""
    record, title = data.get("title"), declared(page.title)
    return f"{record}: {title[0].lower()}{title[1:]}" if record else title


def page_view(page: ViewPage, schema: Schema, data: Mapping[str, Any], table: Any) -> Response:
    """Respond with the page of a view. `table` are its rows, the header first, if it has CSV."""
    return render_page(
        "embedded_view.html" if is_embedded() else "view.html",
        page_title(page, data),
        heading=declared(page.title),
        about=declared(page.about),
        part=page.template,
        data=data,
        table=table,
        form=filter_form(schema),
    )
