"""The feed of the timeline, the latest fact first."""

from collections.abc import Sequence
from sqlite3 import Row

from flask import request

from api.database import current_revision
from api.feeds.atom import Feed
from api.feeds.entries import timeline_entries
from api.lists.text_table import safe_text
from api.pages.messages import gettext
from api.pages.page import PAGE_PARAMETERS


def timeline_feed(rows: Sequence[Row], next_url: str | None) -> Feed:
    """Return a page of the timeline as a feed. Its title says how it is filtered."""
    filters = sorted((name, value) for name, value in request.args.items(multi=True) if name not in PAGE_PARAMETERS)
    chosen = f" ({', '.join(safe_text(f'{name}={value}') for name, value in filters)})" if filters else ""
    # A fact may have left the timeline since, so the feed is as new as the data.
    updated = current_revision().recorded_at.isoformat()
    title, subtitle = gettext("Timeline") + chosen, gettext("What the sources report, the latest first.")
    return Feed(title, subtitle, updated, timeline_entries(rows), next_url)
