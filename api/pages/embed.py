"""What an article embeds: the picture of a view, or its page without header and footer, which alone may be framed."""

from typing import NamedTuple
from urllib.parse import quote

from flask import request

from api.http.urls import base_url
from api.openapi.routes import EMBED_PREFIX
from api.pages.links import with_query

NARROW, WIDE = "60", "145"
"""The `width` of a picture for a phone, and for a page as wide as ours."""


class Embedding(NamedTuple):
    """The addresses for an article: of the picture, of the same for a phone and for a wide page, and of the frame.

    `preview` is for sites that link to the page.
    """

    picture: str
    narrow: str
    wide: str
    frame: str
    preview: str


def is_embedded() -> bool:
    """Return whether the requested page is one that may be framed."""
    return request.path.startswith(EMBED_PREFIX + "/")


def embedding(path: str, selection: list[tuple[str, str]]) -> Embedding:
    """Return the addresses for the page at a path, with the parameters that select its records."""
    parameters = [(name, value) for name, value in selection if name != "width"]
    picture, frame, preview = (base_url() + quote(part) for part in (f"{path}.svg", EMBED_PREFIX + path, f"{path}.png"))
    return Embedding(
        picture=with_query(picture, parameters),
        narrow=with_query(picture, [*parameters, ("width", NARROW)]),
        wide=with_query(picture, [*parameters, ("width", WIDE)]),
        frame=with_query(frame, parameters),
        preview=with_query(preview, parameters),
    )
