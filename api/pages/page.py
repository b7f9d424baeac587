"""A page: a template rendered as a response, with what every page has around its content."""

from typing import Any, NamedTuple
from urllib.parse import quote

from flask import Response, render_template, request

from api.database import current_revision, data_through, known_at
from api.http.negotiation import bare, best_media_type
from api.http.serialization import JSON
from api.http.urls import base_url, data_url
from api.known_at import is_served_later
from api.lists.markdown import SUFFIX as MARKDOWN_SUFFIX
from api.lists.xlsx import SUFFIX as XLSX_SUFFIX
from api.lists.xlsx import XLSX
from api.openapi.routes import EMBED_PREFIX, Endpoint, endpoint_of_rule
from api.pages.assets import STYLESHEET_PATH
from api.pages.cards import Card
from api.pages.citation import cite_page, fact_box
from api.pages.embed import Embedding, embedding, is_embedded
from api.pages.links import with_query
from schemas.query_schema import KNOWN_AT

HTML = "text/html; charset=utf-8"
SUFFIX = ".html"
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none';"
    " form-action 'self'"
)
"""Only our own stylesheet and pictures; no script, and nothing from other hosts.

`connect-src` is for tools of the browser, which ask for robots.txt under the policy of the page.
"""
NOT_FRAMED = "; frame-ancestors 'none'"
"""What the policy of every page adds, except of those that are made to be framed."""
FORMATS = {
    ".json": ("JSON", "application/json"),
    ".csv": ("CSV", "text/csv"),
    XLSX_SUFFIX: ("spreadsheet", XLSX),
    ".txt": ("text", "text/plain"),
    MARKDOWN_SUFFIX: ("Markdown", "text/markdown"),
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
"""The parameters that say which part of a list is on the page."""


class OtherFormat(NamedTuple):
    """The same content in another format."""

    name: str
    mimetype: str
    url: str


def render_page(
    template: str, title: str, *, card: Card | None = None, negotiation: str | None = None, **context: Any
) -> Response:
    """Return a page.

    `title` names it in the browser, in its citation and in previews; `card` is what it is about. A page without a
    picture of its own has that of its `negotiation` in previews.
    """
    path = page_path()
    permalink = with_query(base_url() + quote(path), request.args.items(multi=True))
    embedding = _embedding(path)
    preview = embedding.preview if embedding else negotiation and data_url(f"/matrix.png?negotiation={negotiation}")
    cited = _lasting(permalink)
    html = render_template(
        template,
        title=title,
        stylesheet=STYLESHEET_PATH,
        navigation=NAVIGATION,
        path=path,
        permalink=permalink,
        other_formats=other_formats(path),
        embedding=embedding,
        preview=preview,
        cited=cited,
        citation=cite_page(title, cited, current_revision().number, data_through()),
        fact_box=fact_box(card, cited) if card else None,
        card=card,
        **context,
    )
    policy = CONTENT_SECURITY_POLICY + ("" if is_embedded() else NOT_FRAMED)
    headers = {"Content-Security-Policy": policy, "Referrer-Policy": "no-referrer"}
    return Response(html, headers=headers, content_type=HTML)


def wants_page() -> bool:
    """Return whether a client gets the page instead of JSON. Raise NotAcceptable if it accepts neither."""
    return request.path.endswith(SUFFIX) or best_media_type([JSON, bare(HTML)]) != JSON


def page_path() -> str:
    """Return the path of the requested page without its suffix, and without what makes it one to be framed."""
    return request.path.removesuffix(SUFFIX).removeprefix(EMBED_PREFIX if is_embedded() else "")


def other_formats(path: str) -> list[OtherFormat]:
    """Return the formats in which the content of the requested page is served, with the parameters that they take."""
    rule = _rule()
    return [
        OtherFormat(name, mimetype, with_query(base_url() + quote(path) + suffix, _selection(endpoint)))
        for suffix, (name, mimetype) in FORMATS.items()
        if (endpoint := endpoint_of_rule(rule + suffix))
    ]


def _lasting(permalink: str) -> str:
    """Return the URL that will show the requested page as it is now, or the permalink if there is none."""
    endpoint, revision = endpoint_of_rule(_rule()), current_revision().number
    if known_at() or endpoint is None or KNOWN_AT not in endpoint.query.fields or not is_served_later(revision):
        return permalink
    return f"{permalink}{'&' if '?' in permalink else '?'}{KNOWN_AT}={revision}"


def _embedding(path: str) -> Embedding | None:
    """Return what an article can embed of the requested page, None if it has no picture."""
    endpoint = endpoint_of_rule(_rule() + ".svg")
    return embedding(path, _selection(endpoint)) if endpoint else None


def _rule() -> str:
    """Return the rule of the path of the requested page, as `page_path` returns the path."""
    return str(request.url_rule or "").removesuffix(SUFFIX).removeprefix(EMBED_PREFIX if is_embedded() else "")


def _selection(endpoint: Endpoint) -> list[tuple[str, str]]:
    """Return the parameters of the page that select records in another format as well."""
    taken = endpoint.query.fields.keys() - PAGE_PARAMETERS
    return [(name, value) for name, value in request.args.items(multi=True) if name in taken]
