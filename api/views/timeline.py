"""Everything that has a time, in one chronological list."""

from flask import Flask

from api.lists.records import add_lists
from schemas.timeline import Timeline


def init_app(app: Flask) -> None:
    """Add the timeline, in every format that a list has."""
    add_lists(app, Timeline)
