"""The timeline: all dated records in one chronological list."""

from functools import partial

from flask import Flask

from api.lists.records import add_lists
from api.openapi.routes import add_embed, add_preview
from api.pages.list_page import frame_list
from api.pages.pictures.timeline import preview_list
from api.views.timeline_text import chronology
from schemas.timeline import Timeline


def init_app(app: Flask) -> None:
    """Register the timeline in every list format, its picture in a page that may be framed, and its preview."""
    add_lists(app, Timeline, chronology)
    add_embed(app, f"/{Timeline.plural}", "listTimeline", partial(frame_list, Timeline))
    add_preview(app, f"/{Timeline.plural}", "listTimeline", partial(preview_list, Timeline))
