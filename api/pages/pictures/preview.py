"""Previews: the top of a picture as PNG. Sites that show a preview of a link show no SVG."""

from functools import cache
from importlib.resources import files

from flask import Response

from api.pages.messages import gettext
from api.pages.pictures import Draw, picture_canvas, picture_svg
from api.pages.pictures.canvas import MARGIN, PIXELS_PER_COLUMN, Canvas, Mark

PNG = "image/png"
WIDTH, HEIGHT = 1200, 630
"""The size that sites show whole: https://developers.facebook.com/docs/sharing/webmasters/images."""
COLUMNS = 100
"""The width of the picture, so narrow that its text is read in a small preview."""
NOTE_HEIGHT = 32.0
"""The height of the note that a preview is cropped, in the units of the picture."""
FAMILY, FONTS = "Noto Sans", "fontpkg_noto_sans"
"""The font, and the package that has it, since a server need not have any."""


def draw_preview(title: str, draw: Draw) -> Response:
    """Respond with the top of a picture as PNG, in the colours for light."""
    canvas = picture_canvas(title, COLUMNS, draw)
    height = COLUMNS * PIXELS_PER_COLUMN * HEIGHT / WIDTH
    crop(canvas, height)
    return Response(_render(picture_svg(title, canvas, height)), content_type=PNG)


def crop(canvas: Canvas, height: float) -> None:
    """Crop what is on a canvas to a height, and say so, unless all of it fits."""
    if canvas.y + MARGIN <= height:
        return
    top = height - NOTE_HEIGHT
    canvas.marks = [mark for mark in canvas.marks if mark.y < top]
    canvas.box(Mark("box", "paper", 0, top, canvas.width, NOTE_HEIGHT))
    canvas.rule(0, top, canvas.width)
    canvas.text(
        gettext("This is only the top. All of it is behind the link."), "small", canvas.left, top + 6, canvas.inner
    )


def _render(svg: str) -> bytes:
    # Imported when it is first needed: most workers never draw a preview.
    from resvg_py import svg_to_bytes

    return svg_to_bytes(
        svg,
        width=WIDTH,
        skip_system_fonts=True,
        font_files=[_font()],
        font_family=FAMILY,
        serif_family=FAMILY,
        sans_serif_family=FAMILY,
    )


@cache
def _font() -> str:
    """Return the path of the upright font; the other file of the package is the italic one."""
    (upright,) = (file for file in (files(FONTS) / "files").iterdir() if "Italic" not in file.name)
    return str(upright)
