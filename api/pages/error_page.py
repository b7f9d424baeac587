"""Errors as pages: a problem document is shown as a page to clients that prefer HTML."""

import json
import re
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, request
from werkzeug.exceptions import NotAcceptable

from api.http.media_types import HTML
from api.http.negotiation import bare, best_media_type
from api.http.problems import PROBLEM_JSON
from api.http.serialization import JSON
from api.http.urls import has_base_url, path_prefix
from api.openapi.routes import PAGE_ENDPOINT, all_endpoints
from api.pages.filter_form import Control, filter_form
from api.pages.links import with_query
from api.pages.messages import declared
from api.pages.page import SUFFIX, page_path, render_error

SUGGESTED_ID = re.compile(r"Did you mean '([a-z0-9-]+)'\?")
SUGGESTED_PATH = re.compile(r"Did you mean (/[\w.~/-]+)\?", re.ASCII)
WORDS = re.compile(r"[^\W_]+")
FOR_PROGRAMS = re.compile(r" See (the first \d+ of \d+ in )?`errors`\.")
"""What the detail says of a member of the JSON. The page shows its items."""
MAX_SEARCHED = 100
"""Maximum length of a path for which an error page offers to search."""


def init_app(app: Flask) -> None:
    """Register the handler that replaces problem documents."""
    app.after_request(show_problem)


def show_problem(response: Response) -> Response:
    """Return the page of a problem document if the client prefers pages, otherwise the response itself.

    A page has links, which need a valid Host header.
    """
    if response.mimetype != PROBLEM_JSON or not prefers_page() or not has_base_url():
        return response
    problem = json.loads(response.get_data())
    form = _form(response.status_code)
    page = render_error(
        declared(problem["title"]),
        problem={**problem, "detail": FOR_PROGRAMS.sub("", problem["detail"])},
        form=form,
        narrower=_narrower(problem, form),
        suggestion=_suggestion(problem),
        searched=_search_words() if response.status_code == HTTPStatus.NOT_FOUND else None,
        correction=correction,
        is_value=is_value,
    )
    response.set_data(page.get_data())
    for name in ("Content-Type", "Content-Security-Policy", "Referrer-Policy"):
        response.headers[name] = page.headers[name]
    return response


def _suggestion(problem: dict[str, Any]) -> str | None:
    """Return the path, without its prefix, that the detail suggests, itself or by the id of a record."""
    if found := SUGGESTED_PATH.search(problem["detail"]):
        return found[1].removeprefix(path_prefix())
    found = SUGGESTED_ID.search(problem["detail"])
    return f"{request.path.rpartition('/')[0]}/{found[1]}" if found else None


def _search_words() -> str:
    """Return the words of the last part of the path, to search for them."""
    return " ".join(WORDS.findall(page_path().rpartition("/")[2]))[:MAX_SEARCHED]


def is_value(error: dict[str, Any]) -> bool:
    """Return whether an error is about the only value of a parameter in the request, and not about its name."""
    value = request.args.get(error.get("parameter", ""), ",")
    return "," not in value and value in error["detail"] and error["parameter"] not in error.get("allowed", ())


def correction(error: dict[str, Any], value: str) -> str:
    """Return the path of the requested page with the invalid value of an error replaced."""
    others = [(name, text) for name, text in request.args.items(multi=True) if name != error["parameter"]]
    return with_query(page_path(), [*others, (error["parameter"], value)])


def _form(status: int) -> list[Control]:
    """Return the form of the requested page if its query was wrong, so that it can be corrected."""
    name = str(request.endpoint).removesuffix(PAGE_ENDPOINT)
    endpoints = [endpoint for endpoint in all_endpoints() if endpoint.name == name]
    return filter_form(endpoints[0].query) if status == HTTPStatus.BAD_REQUEST and endpoints else []


def _narrower(problem: dict[str, Any], form: list[Control]) -> Control | None:
    """Return the control that narrows a result too large for one page, or None.

    An error about a parameter that was not sent and may be left out says that the answer has to be narrowed with it.
    """
    named = {error.get("parameter") for error in problem.get("errors", ())}
    return next((each for each in form if each.name in named and not each.values and not each.is_required), None)


def prefers_page() -> bool:
    """Return whether the client requested a page, by its path or its Accept header."""
    if request.path.endswith(SUFFIX):
        return True
    try:
        return best_media_type([PROBLEM_JSON, JSON, bare(HTML)]) == bare(HTML)
    except NotAcceptable:
        return False
