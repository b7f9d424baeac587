"""Filters and functions for templates: links, dates, terms and names in words."""

import re
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from flask import Flask, request
from jinja2 import StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from api.database import current_revision, known_at
from api.http.redirects import path_exists
from api.http.urls import base_url, path_prefix, with_known_at
from api.lists.event_times import with_times
from api.lists.qualifiers import qualifiers_in_words, with_qualifiers
from api.lists.readable_date import MARK_NOTE
from api.lists.record_nouns import with_kinds
from api.lists.reports import merge_reports
from api.pages.assets import STYLESHEET_PATH
from api.pages.cards import term_badge
from api.pages.filter_form import further_filters, is_day, is_filtered
from api.pages.labels import account_name, label_of, language_of
from api.pages.links import with_query
from api.pages.messages import declared
from api.pages.page import page_path
from api.pages.selection import selection_in_words
from api.pages.values import SIDE_SYMBOLS, date_in_words, record_date, words
from api.source_labels import by_source, has_several_sources, source_label
from api.views.accounts_table import (
    RULE_LABELS,
    absences,
    common_side,
    common_stance,
    finding_kind,
    merge_findings,
    result_in_words,
)
from api.views.changes import CHANGE_LABELS
from api.views.compare import MAX_ACCOUNTS, MIN_ACCOUNTS
from api.views.compare_table import positions_alone
from api.views.contrasts import accounts_differ, any_differ, differing_accounts, have_common_issue
from api.views.entries import entry_kind, is_certainly_silent
from api.views.matrix_table import (
    CUT,
    FILTERED_ROWS,
    MAX_PROPOSAL,
    MAX_SHORT_TITLE,
    NOTED,
    by_stance,
    capacity,
    cells_by_place,
    conditions_in_cell,
    discussed_in_words,
    has_filtered_rows,
    left_out_note,
    parts_of_rows,
    reporting_accounts,
    short_title,
    stance_in_cell,
)
from api.views.position import DIFFER
from api.views.search import MAX_HITS
from api.views.snippets import MARK
from api.views.stance_queries import days_of_change
from api.views.standing_table import (
    NOT_DONE,
    current_positions,
    has_open_start,
    history_sections,
    holder_names,
    missing_stage,
    replacement_in_words,
)
from api.views.text import BY, differs_in_words
from api.views.timeline_text import ORDER, record_kind
from schemas.derived import INFERRED
from schemas.query_schema import KNOWN_AT
from seed.storage.mapping import singular

WITHOUT_PAST = ("/docs", "/examples", "/favicon.ico", "/openapi.json", STYLESHEET_PATH, "/vocabularies")
"""Prefixes of paths that do not depend on the data and so take no `known_at`."""
PATH_IN_TEXT = re.compile(r"(?<=[ (])(/(?:[\w/-]*\w)?)(?=[.,;)]? |[.,;)]?$)", re.ASCII)
TEXT_SUFFIX = re.compile(r"\.(json|txt)\Z")
ONLY_FOR_PROGRAMS = {"facet", "fields", "width"}
"""Parameters that select what a program reads, or shape a text."""
NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"
MAX_BESIDE = 12
"""Maximum number of proposals without a position, and events, that a page lists below a row of the matrix."""


def init_app(app: Flask) -> None:
    """Add the filters and functions to the templates."""
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.undefined = StrictUndefined  # a misspelt name would leave a part of a page out
    app.jinja_env.filters.update(FILTERS)
    app.jinja_env.globals.update(
        {function.__name__: function for function in FUNCTIONS},
        **{function.__name__: partial(function, translate=declared) for function in TRANSLATED},
        **CONSTANTS,
        term=term_badge,
        revision=current_revision,
        is_draft=app.extensions["settings"].is_draft,
    )


def short_title_on_page(title: str, most: int = MAX_SHORT_TITLE) -> str:
    """Return a title of at most `most` characters, with an ellipsis that never begins a line."""
    return short_title(title, most).replace(CUT, CUT.replace(" ", NO_BREAK_SPACE))


def name_in_words(name: str) -> str:
    """Return the name of a field, a type or a vocabulary for people."""
    return declared(words(name))


def type_in_words(plural: str) -> str:
    """Return the name of a record type in the singular for people."""
    return declared(singular(plural))


@pass_context  # or Jinja would call it once for each path that is written in a template
def link(_context: Context | None, path: str) -> str:
    """Return a path of this server with the path prefix and, for data, `known_at` of the request.

    Other URLs are returned unchanged.
    """
    if "://" in path:
        return path
    return path_prefix() + (path if path.startswith(WITHOUT_PAST) else with_known_at(path))


def here(name: str, value: str | None) -> str:
    """Return the path of the requested page with a parameter set, or removed if it is None, from the first page on."""
    dropped = {name, "cursor"}
    parameters = other_parameters(*dropped)
    return path_prefix() + with_query(page_path(), [*parameters, (name, value)] if value is not None else parameters)


def keep_known_at() -> Markup:
    """Return a hidden field with `known_at`: a browser drops the query of a form's action."""
    known = known_at()
    field = Markup('<input type="hidden" name="{}" value="{}">')
    return field.format(KNOWN_AT, known.text) if known else Markup()


def other_parameters(*names: str) -> list[tuple[str, str]]:
    """Return the parameters of the request, except those with these names."""
    return [(name, value) for name, value in request.args.items(multi=True) if name not in names]


def unmarked(attribution: str) -> str:
    """Return an attribution without the mark of an inferred position, for where the inference stands in words."""
    return attribution.removesuffix(INFERRED)


def own(url: str) -> str:
    """Return an absolute URL of this server as a browser has to ask for it, whatever host it has reached."""
    return path_prefix() + url.removeprefix(base_url())


def page_url(url: str) -> str:
    """Return the URL of the page with the content of another for a terminal or a program, if the page takes its query.

    What a browser saves, such as a spreadsheet, stays as it is.
    """
    parts = urlsplit(url)
    if ONLY_FOR_PROGRAMS & dict(parse_qsl(parts.query)).keys():
        return url
    return urlunsplit(parts._replace(path=TEXT_SUFFIX.sub("", parts.path)))


def names_of(accounts: Iterable[dict[str, str]]) -> dict[str, str]:
    """Return the names of the accounts of a view by id."""
    return {account["account"]: account["name"] for account in accounts}


def issue_sections(issues: Iterable[dict[str, Any]]) -> list[tuple[str, str]]:
    """Return the id and the title of the section of each issue of a comparison."""
    return [(f"issue-{issue['issue']}", issue["title"]) for issue in issues]


def marked(snippet: str) -> Markup:
    """Return a snippet with its hits marked up."""
    return _every_other(snippet.split(MARK), Markup("<mark>{}</mark>"))


def with_code(text: str) -> Markup:
    """Return a text with backticked parts as code elements."""
    return _every_other(text.split("`"), Markup("<code>{}</code>"))


def with_links(detail: str) -> Markup:
    """Return the detail of an error with its paths as links, and with backticked parts as code elements."""
    pieces = PATH_IN_TEXT.split(detail)
    return Markup("").join(_linked(piece) if place % 2 else with_code(piece) for place, piece in enumerate(pieces))


def _linked(path: str) -> Markup:
    """Return a path as a link if there is anything to see at it."""
    own = path.removeprefix(path_prefix())
    is_elsewhere = path.startswith(path_prefix()) and own != request.path and path_exists(own)
    return Markup('<a href="{}">{}</a>').format(link(None, own), path) if is_elsewhere else escape(path)


def _every_other(pieces: list[str], element: Markup) -> Markup:
    """Return text with every other piece in an element, from the second on."""
    return Markup("").join(element.format(piece) if place % 2 else escape(piece) for place, piece in enumerate(pieces))


FILTERS: dict[str, Callable[..., Any]] = {
    "link": link,
    "own": own,
    "page_url": page_url,
    "words": name_in_words,
    "singular": type_in_words,
    "date": date_in_words,
    "record_date": record_date,
    "unmarked": unmarked,
    "short_title": short_title_on_page,
    "shorter_title": partial(short_title_on_page, most=MAX_PROPOSAL),
    "is_day": is_day,
    "with_code": with_code,
}
FUNCTIONS: tuple[Callable[..., Any], ...] = (
    account_name,
    accounts_differ,
    any_differ,
    by_source,
    by_stance,
    cells_by_place,
    current_positions,
    days_of_change,
    differing_accounts,
    further_filters,
    has_filtered_rows,
    has_open_start,
    has_several_sources,
    have_common_issue,
    here,
    history_sections,
    is_certainly_silent,
    is_filtered,
    issue_sections,
    keep_known_at,
    known_at,
    label_of,
    language_of,
    left_out_note,
    marked,
    merge_findings,
    merge_reports,
    names_of,
    other_parameters,
    parts_of_rows,
    holder_names,
    positions_alone,
    reporting_accounts,
    selection_in_words,
    source_label,
    with_qualifiers,
    with_kinds,
    with_links,
    with_times,
)
"""Functions that templates call by their own names."""
TRANSLATED: tuple[Callable[..., Any], ...] = (
    absences,
    capacity,
    common_side,
    common_stance,
    conditions_in_cell,
    qualifiers_in_words,
    differs_in_words,
    discussed_in_words,
    entry_kind,
    finding_kind,
    missing_stage,
    record_kind,
    replacement_in_words,
    result_in_words,
    stance_in_cell,
)
"""Functions that templates call by their own names, and that return text in the language of the page."""
CONSTANTS = {
    "change_labels": CHANGE_LABELS,
    "max_hits": MAX_HITS,
    "by_a_day": BY,
    "comparable": range(MIN_ACCOUNTS, MAX_ACCOUNTS + 1),
    "differ": DIFFER,
    "filtered_rows": FILTERED_ROWS,
    "mark_note": MARK_NOTE,
    "max_beside": MAX_BESIDE,
    "not_done": NOT_DONE,
    "noted_difference": NOTED,
    "rule_labels": RULE_LABELS,
    "side_symbols": SIDE_SYMBOLS,
    "timeline_order": ORDER,
}
