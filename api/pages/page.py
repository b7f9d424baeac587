"""A page: a template rendered as a response, with what every page has around its content."""

from typing import Any, NamedTuple
from urllib.parse import quote

from flask import Response, render_template, request

from api.database import current_revision, data_through, known_at
from api.http.media_types import CSV, HTML, NDJSON, TEXT
from api.http.negotiation import bare, best_media_type
from api.http.serialization import JSON
from api.http.urls import base_url, data_url
from api.known_at import is_served_later
from api.lists.markdown import MARKDOWN
from api.lists.markdown import SUFFIX as MARKDOWN_SUFFIX
from api.lists.xlsx import SUFFIX as XLSX_SUFFIX
from api.lists.xlsx import XLSX
from api.openapi.routes import EMBED_PREFIX, Endpoint, endpoint_of_rule
from api.pages.assets import STYLESHEET_PATH
from api.pages.cards import Card
from api.pages.citation import cite_page, fact_box, page_box
from api.pages.embed import Embedding, embedding, is_embedded
from api.pages.links import with_query
from api.pages.selection import requested_rule, title_with_selection
from schemas.query_schema import KNOWN_AT

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
    ".json": ("JSON", JSON),
    ".csv": ("CSV", bare(CSV)),
    XLSX_SUFFIX: ("spreadsheet", XLSX),
    ".txt": ("text", bare(TEXT)),
    MARKDOWN_SUFFIX: ("Markdown", bare(MARKDOWN)),
    ".ndjson": ("NDJSON", NDJSON),
    ".ics": ("calendar", "text/calendar"),
    ".svg": ("picture", "image/svg+xml"),
    ".atom": ("feed", "application/atom+xml"),
}
"""What the formats of a page's content are called, and their media types, by suffix."""
FORMATS_OF_ONE = {".csv", XLSX_SUFFIX, ".ics"}
"""The formats in which a record is served as a list of one."""
TIMELINE_PREVIEW = "/timeline.png"
"""Path of the default preview picture."""
NAVIGATION = (
    ("Matrix", "/matrix"),
    ("Issues", "/issues"),
    ("Compare", "/compare"),
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
    template: str,
    title: str,
    *,
    card: Card | None = None,
    record: tuple[str, str] | None = None,
    preview: str = TIMELINE_PREVIEW,
    **context: Any,
) -> Response:
    """Return a page.

    `title` is shown in the browser, in its citation and in previews; `card` describes the record of the page, and
    `record` is its type and id. `preview` is the path of a picture for a page that has no picture.
    """
    path, permalink, full_title = page_path(), _permalink(), title_with_selection(title)
    embedding, cited = _embedding(path), _stable_url(permalink)
    return _render(
        template,
        title,
        full_title,
        take_along=True,
        other_formats=other_formats(path, record),
        embedding=embedding,
        cited=cited,
        preview=embedding.preview if embedding else data_url(preview),
        citation=cite_page(full_title, cited, current_revision(), data_through()),
        fact_box=fact_box(card, cited) if card else page_box(title, cited, embedding and embedding.picture),
        card=card,
        **context,
    )


def render_error(title: str, **context: Any) -> Response:
    """Return the page of an error. It has nothing to take along, which would need a valid query."""
    return _render("error.html", title, title, take_along=False, **context)


def render_invitation(title: str, **context: Any) -> Response:
    """Return the page of a view that still needs a query: it has only a form, and nothing to take along."""
    return _render("invitation.html", title, title, take_along=False, **context)


def _render(template: str, title: str, full_title: str, **context: Any) -> Response:
    html = render_template(
        template,
        title=title,
        full_title=full_title,
        stylesheet=STYLESHEET_PATH,
        navigation=NAVIGATION,
        path=page_path(),
        permalink=_permalink(),
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


def other_formats(path: str, record: tuple[str, str] | None) -> list[OtherFormat]:
    """Return the formats in which the content of the requested page is served, with the parameters that they take.

    A record is served in more formats as a list of one.
    """
    rule, formats = requested_rule(), []
    for suffix, (name, mimetype) in FORMATS.items():
        if endpoint := endpoint_of_rule(rule + suffix):
            url = with_query(base_url() + quote(path) + suffix, _selection(endpoint))
            formats.append(OtherFormat(name, mimetype, url))
        elif record and suffix in FORMATS_OF_ONE and endpoint_of_rule(f"/{record[0]}{suffix}"):
            formats.append(OtherFormat(name, mimetype, data_url(f"/{record[0]}{suffix}?id={record[1]}")))
    return formats


def _permalink() -> str:
    """Return the URL of the requested page, with its query in one order."""
    return with_query(base_url() + quote(page_path()), request.args.items(multi=True))


def _stable_url(permalink: str) -> str:
    """Return a URL with `known_at`, which shows the page as it is now; the permalink if the page cannot have one."""
    endpoint, revision = endpoint_of_rule(requested_rule()), current_revision().number
    if known_at() or endpoint is None or KNOWN_AT not in endpoint.query.fields or not is_served_later(revision):
        return permalink
    return f"{permalink}{'&' if '?' in permalink else '?'}{KNOWN_AT}={revision}"


def _embedding(path: str) -> Embedding | None:
    """Return what an article can embed of the requested page, None if it has no picture."""
    endpoint = endpoint_of_rule(requested_rule() + ".svg")
    return embedding(path, _selection(endpoint)) if endpoint else None


def _selection(endpoint: Endpoint) -> list[tuple[str, str]]:
    """Return the parameters of the page that select records in another format as well."""
    taken = endpoint.query.fields.keys() - PAGE_PARAMETERS
    return [(name, value) for name, value in request.args.items(multi=True) if name in taken]
