"""The timeline as a picture: for each date a range from its earliest to its latest day, and below it its entries."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask import Response

from api.http.query_params import parse_query
from api.http.serialization import parse_record
from api.lists.formats import Format, Query
from api.lists.list_parameters import picture_query
from api.lists.list_query import ListQuery
from api.lists.qualifiers import qualifiers_in_words, with_qualifiers
from api.lists.readable_date import QUALIFIERS
from api.lists.record_nouns import record_noun, with_kinds
from api.lists.state_labels import state_label
from api.pages.cards import term_badge
from api.pages.messages import declared, gettext, ngettext
from api.pages.pictures import SUFFIX, SVG, Draw, draw_picture
from api.pages.pictures.canvas import Canvas, Mark
from api.pages.pictures.preview import draw_preview
from api.pages.pictures.time_axis import MIN_TICK_WIDTH, TimeAxis
from api.pages.values import record_date, words
from api.views.entries import account_names
from api.views.text import inferred_in_words
from api.views.timeline_text import ORDER, after, heading_of
from schemas.derived import INFERRED
from schemas.fields import UNATTRIBUTED
from schemas.record import Record
from schemas.timeline import DATED, Timeline
from seed.storage.mapping import singular

MAX_ENTRIES = 100
DATE_COLUMN = 0.32
"""The part of the width that is left to the dates in words."""
BAR, BAR_RADIUS = 8.0, 2.0
DAY = 12.0
"""The width of the mark of a day, which would hardly be seen at its length."""
Data = dict[str, Any]


def picture_list(record: type[Record], query: Query) -> Response:
    """Respond with a picture of the first records that match."""
    return draw_picture(declared(words(record.plural)), query["width"], _drawing(record, query))


def preview_list(record: type[Record]) -> Response:
    """Respond with the preview of a list."""
    return draw_preview(declared(words(record.plural)), _drawing(record, parse_query(picture_query(record))))


def _drawing(record: type[Record], query: Query) -> Draw:
    page = ListQuery(record, {**query, "limit": MAX_ENTRIES}).page()
    entries = _with_counts(with_kinds(with_qualifiers(map(parse_record, page.rows))))
    return lambda canvas: draw_timeline(canvas, entries, page.total)


def draw_timeline(canvas: Canvas, entries: list[Data], total: int) -> None:
    """Draw the first entries of a timeline on a canvas."""
    days = [day for entry in entries for day in (entry["date_earliest"], entry["date_latest"]) if day]
    axis = TimeAxis(days, canvas.left + canvas.inner * DATE_COLUMN, canvas.right) if days else None
    if axis:
        _draw_ticks(canvas, axis)
    for date, dated in _by_date(entries).items():
        _draw_date(canvas, axis, date, dated)
    if not entries:
        canvas.paragraph(gettext("No entry matches."), "text")
    canvas.notes.append(
        gettext(
            "A round mark is one day; a bar covers the days that a date may mean, dashed if it is approximate, fading"
            " where no beginning or no end is given."
        )
    )
    canvas.notes.append(declared(ORDER))
    if (left_out := total - len(entries)) > 0:
        canvas.notes.append(ngettext("%(num)s more entry not shown.", "%(num)s more entries not shown.", left_out))


def _by_date(entries: list[Data]) -> dict[str | None, list[Data]]:
    """Return the entries by date, each date where its first entry stands."""
    dated: dict[str | None, list[Data]] = {}
    for entry in entries:
        dated.setdefault(entry["date"], []).append(entry)
    return dated


def _draw_ticks(canvas: Canvas, axis: TimeAxis) -> None:
    for tick in axis.ticks():
        canvas.text(tick.label, "small", tick.x, canvas.y, MIN_TICK_WIDTH)
        canvas.rule(tick.x, canvas.y + 19, 0, height=6)
    canvas.y += 25


def _draw_date(canvas: Canvas, axis: TimeAxis | None, date: str | None, entries: list[Data]) -> None:
    """Draw a date as a range, and what is dated so."""
    canvas.rule(canvas.left, canvas.y, canvas.inner)
    top = canvas.y + 10
    heading = heading_of(entries, declared)
    canvas.y = canvas.text(heading, "name", canvas.left, top, canvas.inner * DATE_COLUMN - 14)
    if axis and date:
        _draw_range(canvas, axis, date, entries[0], top + 4)
    canvas.y += 6
    for entry in entries:
        with canvas.group(entry["id"].replace("/", "--")):
            _draw_entry(canvas, entry, heading)
    canvas.y += 6


def _draw_range(canvas: Canvas, axis: TimeAxis, date: str, entry: Data, y: float) -> None:
    """Draw the days that a date may mean. An open end reaches the end of the axis and fades."""
    earliest, latest = entry["date_earliest"], entry["date_latest"]
    canvas.rule(axis.left, y + BAR / 2, axis.right - axis.left)
    start = axis.place(earliest) if earliest else axis.left
    end = axis.place(latest, end=True) if latest else axis.right
    size, radius = BAR, BAR_RADIUS
    if earliest == latest and end - start < DAY:
        start, end, size, radius = (start + end - DAY) / 2, (start + end + DAY) / 2, DAY, DAY / 2
    is_about = any(part[-1:] in QUALIFIERS for part in date.split("/"))
    look = "opens" if not earliest else "closes" if not latest else "about" if is_about else ""
    top = y + (BAR - size) / 2
    canvas.box(
        Mark("box", f"bar {look}".strip(), start, top, end - start, size, radius=radius, between=(earliest, latest))
    )


def _draw_entry(canvas: Canvas, entry: Data, heading: str) -> None:
    """Draw the title of an entry, its state, its attribution, and how many records were made at it.

    Its date is drawn with it unless that is the heading.
    """
    attribution = entry["attribution"].removesuffix(INFERRED)
    inferred = entry["inference"] is not None
    kind = declared(words(record_noun(entry)))
    if entry["type"] == "positions":
        badge = term_badge("stances", entry["state"])
        canvas.y = canvas.chip(
            badge.value.text, str(badge.side), canvas.left, canvas.y, canvas.inner, inferred=inferred
        )
        canvas.y += 2
    elif entry["state"]:
        kind = f"{kind}, {declared(str(state_label(entry['type'], entry['state'])))}"
    canvas.paragraph(entry["title"], "text")
    whose = attribution + qualifiers_in_words(entry, declared) + inferred_in_words(entry, declared)
    date = "" if record_date(entry) == heading else record_date(entry)
    parts = [kind, whose, date, entry["count"], after(entry, declared)]
    canvas.paragraph(" · ".join(filter(None, parts)), "small")
    canvas.y += 8


def _with_counts(entries: Iterable[Data]) -> list[Data]:
    """Return entries with `count`: how many records were made at an event, and on whose account, in words."""
    listed = list(entries)
    names = account_names({account for entry in listed for one in entry["records"] for account in one["accounts"]})
    return [{**entry, "count": _count_in_words(entry["records"], names)} for entry in listed]


def _count_in_words(records: Sequence[Data], names: Mapping[str, str]) -> str:
    """Return how many records were made at an event, and on whose account, which may not be that of the event."""
    counts = Counter(record["type"] for record in records)
    count = ", ".join(ngettext(*count_texts(plural), counts[plural]) for plural in DATED if counts[plural])
    accounts = list({account for record in records for account in record["accounts"]})
    if len(accounts) > 1:
        return gettext("with %(records)s, on different accounts", records=count)
    if accounts == [UNATTRIBUTED]:
        return gettext("with %(records)s, account not stated", records=count)
    if accounts:
        return gettext("with %(records)s (according to %(account)s)", account=names[accounts[0]], records=count)
    return ""


def count_texts(plural: str) -> tuple[str, str]:
    """Return the texts for a number of records of a type, in the singular and the plural."""
    return f"%(num)s {singular(plural)}", f"%(num)s {plural}"


PICTURES = {
    Timeline.plural: Format(
        SUFFIX,
        SVG,
        f"the first {MAX_ENTRIES} that match, as a picture",
        picture_query,
        picture_list,
    )
}
"""The lists that have a picture."""
