"""A page: a template rendered as a response, with what every page has around its content."""

from collections.abc import Collection
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from flask import Response, render_template, request

from api.database import current_revision, data_through
from api.http.negotiation import bare, best_media_type
from api.http.serialization import JSON
from api.http.urls import base_url
from api.openapi.routes import all_endpoints
from api.pages.assets import STYLESHEET_PATH
from api.pages.citation import cite_page, fact_box
from api.pages.entries import Entry

HTML = "text/html; charset=utf-8"
SUFFIX = ".html"
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none';"
    " form-action 'self'; frame-ancestors 'none'"
)
"""Only our own stylesheet and pictures; no script, and nothing from other hosts.

`connect-src` is for tools of the browser, which ask for robots.txt under the policy of the page.
"""
HEADERS = {"Content-Security-Policy": CONTENT_SECURITY_POLICY, "Referrer-Policy": "no-referrer"}
FORMATS = {
    ".json": ("JSON", "application/json"),
    ".csv": ("CSV", "text/csv"),
    ".txt": ("text", "text/plain"),
    ".ndjson": ("NDJSON", "application/x-ndjson"),
    ".ics": ("calendar", "text/calendar"),
    ".svg": ("picture", "image/svg+xml"),
    ".atom": ("feed", "application/atom+xml"),
}
"""What the formats of a page's content are called, and their media types, by suffix."""
NAVIGATION = (
    ("Matrix", "/matrix"),
    ("Issues", "/issues"),
    ("Timeline", "/timeline"),
    ("Parties", "/parties"),
    ("Proposals", "/proposals"),
    ("Statements", "/statements"),
    ("Questions", "/questions"),
    ("Sources", "/sources"),
)
"""The links at the top of every page."""
PAGE_PARAMETERS = {"cursor", "limit"}
"""The parameters that the other formats of a list do not all have."""


class OtherFormat(NamedTuple):
    """The same content in another format."""

    name: str
    mimetype: str
    url: str


def render_page(template: str, title: str, *, entry: Entry | None = None, **context: Any) -> Response:
    """Return a page. `title` names it in the browser, in its citation and in previews; `entry` is what it is about."""
    path = page_path()
    permalink = with_query(base_url() + quote(path), request.args.items(multi=True))
    html = render_template(
        template,
        title=title,
        stylesheet=STYLESHEET_PATH,
        navigation=NAVIGATION,
        path=path,
        permalink=permalink,
        other_formats=other_formats(path),
        citation=cite_page(title, permalink, current_revision().number, data_through()),
        fact_box=fact_box(entry, permalink) if entry else None,
        entry=entry,
        **context,
    )
    return Response(html, headers=HEADERS, content_type=HTML)


def wants_page() -> bool:
    """Return whether a client gets the page instead of JSON. Raise NotAcceptable if it accepts neither."""
    return request.path.endswith(SUFFIX) or best_media_type([JSON, bare(HTML)]) != JSON


def page_path() -> str:
    """Return the path of the requested page without its suffix."""
    return request.path.removesuffix(SUFFIX)


def other_formats(path: str) -> list[OtherFormat]:
    """Return the formats in which the content of the requested page is served as well."""
    rule = str(request.url_rule or "").removesuffix(SUFFIX)
    served = {each.path.replace("{", "<").replace("}", ">"): each.query.fields for each in all_endpoints()}
    return [
        OtherFormat(name, mimetype, with_query(base_url() + quote(path) + suffix, _selection(served[rule + suffix])))
        for suffix, (name, mimetype) in FORMATS.items()
        if rule + suffix in served
    ]


def _selection(accepted: Collection[str]) -> list[tuple[str, str]]:
    """Return the parameters of the request that another format takes, too."""
    parameters = request.args.items(multi=True)
    return [(name, value) for name, value in parameters if name in accepted and name not in PAGE_PARAMETERS]


def with_query(url: str, parameters: Any) -> str:
    """Return a URL with a query, if there is any parameter. Parameters are sorted, so that their order is no matter."""
    query = urlencode(sorted(parameters), safe=",/:")
    return f"{url}?{query}" if query else url
