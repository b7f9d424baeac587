"""The timeline: all dated records in one chronological list."""

from flask import Flask

from api.lists.records import add_lists
from api.views.timeline_text import chronology
from schemas.timeline import Timeline


def init_app(app: Flask) -> None:
    """Register the timeline in every list format."""
    add_lists(app, Timeline, chronology)
