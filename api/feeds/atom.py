"""Atom feeds (RFC 4287), paged as in RFC 5005: what a feed and an entry hold, and their XML.

Why a template and no library: feedgenerator dates an empty feed by the clock, and feedgen needs lxml.
"""

import re
import uuid
from collections.abc import Sequence
from typing import Any, NamedTuple
from urllib.parse import quote

from flask import Response, render_template, request

from api.database import current_revision, first_digest
from api.http.urls import base_url, data_url
from api.pages.cards import Card
from api.pages.links import with_query
from api.pages.page import PAGE_PARAMETERS

ATOM = "application/atom+xml; charset=utf-8"
SUFFIX = ".atom"
NAMESPACE = uuid.UUID("5b6b3f0e-4d0c-4a57-9a53-0d6f2f6f3a71")
"""Under which the ids of feeds and entries are made from names (RFC 9562, section 5.5)."""
NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that an XML document cannot contain, not even escaped (XML 1.0, section 2.2)."""


class FeedEntry(NamedTuple):
    """An entry of a feed."""

    id: str
    title: str
    updated: str
    """When what it shows was recorded (RFC 3339)."""
    url: str
    categories: tuple[str, ...]
    note: str | None = None
    """A sentence about the entry itself, such as which fields were changed."""
    record: Card | None = None
    """The record as pages show it; None if it was deleted."""
    text: str | None = None
    """The summary of the record, if it is not its title."""
    parts: Sequence[dict[str, Any]] = ()
    """For an event of the timeline: the records that were made at it."""


class Feed(NamedTuple):
    """A feed, or one page of it."""

    title: str
    subtitle: str
    updated: str
    entries: list[FeedEntry]
    next: str | None
    """The URL of the page with older entries."""


def feed_response(feed: Feed) -> Response:
    """Respond with a feed as XML."""
    path = request.path.removesuffix(SUFFIX)
    parameters = list(request.args.items(multi=True))
    url = base_url() + quote(path) + SUFFIX
    selection = [(name, value) for name, value in parameters if name not in PAGE_PARAMETERS]
    xml = render_template(
        "feed.xml",
        feed=feed,
        id=feed_urn(with_query(path, selection)),
        base=base_url(),
        data_url=data_url,
        first_url=with_query(url, [(name, value) for name, value in parameters if name != "cursor"]),
        self_url=with_query(url, parameters),
        page_url=with_query(base_url() + quote(path), selection),
    )
    headers = {"Link": f'<{feed.next}>; rel="next"'} if feed.next else {}
    return Response(NOT_IN_XML.sub("\ufffd", xml), headers=headers, content_type=ATOM)


def feed_urn(name: str) -> str:
    """Return the id of a feed or of an entry that may change."""
    return urn(first_digest(), name)


def urn(digest: str, name: str) -> str:
    """Return an id made of the digest of a revision and a name."""
    return uuid.uuid5(NAMESPACE, f"{digest} {name}").urn


def newest(entries: Sequence[FeedEntry]) -> str:
    """Return when the newest entry was recorded, or without entries, when the data was last changed."""
    return max((entry.updated for entry in entries), default=current_revision().recorded_at.isoformat())
