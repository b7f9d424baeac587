"""Pictures: views and the timeline as SVG, made of text, to be embedded in an article."""

import base64
import hashlib
import re
from collections.abc import Callable, Mapping
from functools import cache
from urllib.parse import quote

from flask import Response, render_template, request

from api.database import current_revision, data_through
from api.http.urls import base_url
from api.lists.readable_date import MARK_NOTE, has_marks
from api.lists.text_table import safe_text
from api.pages.assets import read_asset
from api.pages.links import with_query
from api.pages.messages import declared, gettext
from api.pages.pictures.canvas import MARGIN, PIXELS_PER_COLUMN, Canvas
from api.pages.pictures.text_layout import style_rules
from api.pages.selection import selection_in_words
from api.pages.values import date_in_words

SVG = "image/svg+xml"
SUFFIX, PREVIEW_SUFFIX = ".svg", ".png"
Draw = Callable[[Canvas], None]


def draw_picture(title: str, columns: int, draw: Draw) -> Response:
    """Respond with a picture of a width."""
    canvas = picture_canvas(title, columns, draw)
    body = picture_svg(title, canvas, canvas.y + MARGIN)
    return Response(body, headers={"Content-Security-Policy": _policy()}, content_type=SVG)


def picture_canvas(title: str, columns: int, draw: Draw) -> Canvas:
    """Return a canvas with a heading, what `draw` draws, and where the data is from."""
    canvas = Canvas(columns * PIXELS_PER_COLUMN)
    canvas.paragraph(title, "title")
    for line in selection_in_words():
        canvas.paragraph(line, "about", gap=2)
    canvas.y += 12
    draw(canvas)
    canvas.y += 14
    marked = any(has_marks(line.text) for mark in canvas.marks for line in mark.lines)
    footnotes = (f"[{number}] {text}" for text, number in canvas.footnotes.items())
    for note in (*footnotes, *canvas.notes, *([declared(MARK_NOTE)] if marked else [])):
        canvas.paragraph(note, "about", gap=3)
    canvas.rule(canvas.left, canvas.y + 12, canvas.inner)
    canvas.paragraph(_source(), "small", gap=20)
    canvas.paragraph(source_url(), "small", gap=1)
    return canvas


def picture_svg(title: str, canvas: Canvas, height: float) -> str:
    """Return what is on a canvas as SVG, down to a height."""
    return render_template(
        "pictures/picture.svg",
        title=safe_text(title),
        text_url=source_url(".txt"),
        canvas=canvas,
        height=height,
        style=picture_style(),
    )


def source_url(suffix: str = "") -> str:
    """Return the URL of the content of a picture in another format, by default the one that a browser shows."""
    path = request.path.removesuffix(SUFFIX).removesuffix(PREVIEW_SUFFIX)
    parameters = [(name, value) for name, value in request.args.items(multi=True) if name != "width"]
    return with_query(base_url() + quote(path) + suffix, parameters)


@cache
def picture_style() -> str:
    """Return the style of all pictures, with the colours of the palette in light and, below a query, in dark.

    The colours are written out, since what shows SVG outside browsers knows no custom properties.
    """
    light, _, dark = read_asset("palette.css").decode().partition("@media")
    rules = read_asset("picture.css").decode() + style_rules()
    colours = _declarations(light)
    in_dark = _resolve(rules, {**colours, **_declarations(dark)})
    return f"\n{_resolve(rules, colours)}@media (prefers-color-scheme: dark) {{\n{in_dark}}}\n"


def _declarations(css: str) -> dict[str, str]:
    return dict(re.findall(r"(--[a-z-]+): ([^;]+);", css))


def _resolve(rules: str, values: Mapping[str, str]) -> str:
    return re.sub(r"var\((--[a-z-]+)\)", lambda match: values[match[1]], rules)


@cache
def _policy() -> str:
    """Return the policy of a picture that is opened by itself: its own style, named by its digest, and nothing else."""
    digest = base64.b64encode(hashlib.sha256(picture_style().encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; frame-ancestors 'none'"


def _source() -> str:
    through = data_through()
    sources = gettext(", sources up to %(date)s", date=date_in_words(through)) if through else ""
    return f"Readout, {gettext('revision %(number)s', number=current_revision().number)}{sources}"
