"""Lists as calendars."""

import re
from pathlib import Path
from typing import Any

import icalendar
import pytest
from flask.testing import FlaskClient

from api.lists.icalendar_lines import component, escape
from seed.bundles import load
from tests.support import ROOT
from tests.support.clients import client_of
from tests.support.small_bundles import base, load_bundles

SECOND = ROOT / "tests" / "support" / "second_bundle.yaml"


def entries(client: FlaskClient, path: str, **options: str) -> list[Any]:
    """Return the events of a calendar."""
    return list(icalendar.Calendar.from_ical(client.get(path, **options).data).events)


def test_scheduled_talks_are_tentative(client: FlaskClient) -> None:
    response = client.get("/events.ics?status=scheduled&source=trump-putin-call-article")
    assert response.content_type == "text/calendar; charset=utf-8"
    (entry,) = icalendar.Calendar.from_ical(response.data).events
    assert str(entry["summary"]).startswith("Talks with Russia")
    assert entry.start.isoformat() == "2025-03-23"
    assert entry["status"] == "TENTATIVE"
    assert str(entry["location"]).startswith("Jeddah")
    assert entry["geo"].to_ical() == "21.54;39.17"


def test_uncertain_day_covers_its_range_and_says_so(client: FlaskClient) -> None:
    (entry,) = entries(client, "/events.ics?id=february-trump-putin-conversation")
    assert (entry.start.isoformat(), entry.end.isoformat()) == ("2025-02-01", "2025-03-01")
    assert entry["status"] == "TENTATIVE"
    assert str(entry["summary"]).endswith("(date uncertain: Feb 2025)")
    assert "in February" in entry["description"]


def test_date_vaguer_than_a_month_has_no_entry(client: FlaskClient) -> None:
    assert not entries(client, "/events.ics?id=trump-2024-campaign-promise")


@pytest.mark.parametrize("basis", ["stated", "resolved"])
def test_day_that_follows_from_the_source_is_confirmed(tmp_path: Path, basis: str) -> None:
    event = {"id": "meeting", "date": "2025-03-18", "date_basis": basis, "date_wording": "on Tuesday"}
    document = base("truce", events=[event])
    client = load_bundles(tmp_path / "dates.db", document)
    for path in ("/events.ics", "/timeline.ics?type=events"):
        (entry,) = entries(client, path)
        assert (entry.start.isoformat(), entry["status"]) == ("2025-03-18", "CONFIRMED")
        assert "uncertain" not in entry["summary"]


@pytest.mark.parametrize("id", ["white-house-readout", "trump-putin-call", "witkoff-hannity-interview"])
def test_day_that_the_source_does_not_give_is_tentative(client: FlaskClient, id: str) -> None:
    """The day of the readout is inferred, that of the call known from elsewhere, and the third counted from it."""
    (entry,) = entries(client, f"/events.ics?id={id}")
    assert (entry.start.isoformat(), entry["status"]) == ("2025-03-18", "TENTATIVE")


def test_entry_is_attributed_like_its_record(client: FlaskClient) -> None:
    for path in ("/events.ics", "/timeline.ics"):
        (entry,) = entries(client, f"{path}?id={'events/' * ('timeline' in path)}russian-drone-attacks")
        assert "According to: Volodymyr Zelenskyy\n" in entry["description"]
        assert str(entry["summary"]).endswith("(alleged)")
    (entry,) = entries(client, "/timeline.ics?type=positions&q=civilian")
    assert str(entry["summary"]).endswith("(calls for)")


@pytest.mark.parametrize(
    ("query", "line"),
    [
        ("id=events/white-house-readout", "Date: 2025-03-18 (inferred)\n"),
        (
            "id=events/trump-putin-call",
            "Date: 2025-03-18 (known from elsewhere), in the words of the source: on Tuesday\n",
        ),
        ("id=positions/putin-pursues-weakening-of-ukraine", "\nInferred: the aim, by Zelenskyy, from the conditions"),
    ],
)
def test_entry_says_what_the_editors_inferred(client: FlaskClient, query: str, line: str) -> None:
    (entry,) = entries(client, f"/timeline.ics?{query}")
    assert line in entry["description"]


@pytest.mark.parametrize("path", ["/events.ics", "/timeline.ics"])
def test_entries_are_transparent_attributed_and_linked(client: FlaskClient, path: str) -> None:
    for entry in entries(client, path):
        assert entry["transp"] == "TRANSPARENT"
        assert "According to: " in entry["description"]
        assert client.get(str(entry["url"])).status_code == 200


def test_uid_is_global_and_the_same_on_every_host(client: FlaskClient) -> None:
    uids = [
        [str(entry["uid"]) for entry in entries(client, "/timeline.ics", base_url=f"http://{host}")] for host in "ab"
    ]
    assert uids[0] == uids[1]
    assert len(set(uids[0])) == len(uids[0])
    assert all(re.search("@[0-9a-f]{16}[.]readout[.]alt$", uid) for uid in uids[0])


@pytest.mark.slow
def test_uid_stays_the_same_over_loads(own: Path) -> None:
    client = client_of(own)
    before = {str(entry["uid"]) for entry in entries(client, "/events.ics")}
    load([SECOND], own)
    assert before < {str(entry["uid"]) for entry in entries(client, "/events.ics")}


def test_uids_differ_between_databases(tmp_path: Path) -> None:
    uids = set()
    for title in ("A meeting", "Another meeting"):
        event = {"id": "meeting", "title": title, "date": "2025-03-18", "date_basis": "stated"}
        client = load_bundles(tmp_path / f"{title}.db", base("truce", events=[event]))
        uids |= {str(entry["uid"]) for entry in entries(client, "/events.ics")}
    assert len(uids) == 2


TIMES = {
    "/events.ics": "Date: 2025-03-18, 23:30-05:00 (stated)",
    "/timeline.ics": "Date: 2025-03-18, 23:30-05:00 (stated)",
    "/timeline.txt": "(the article, 23:30-05:00, ¶1)",
    "/timeline.md": "(the article, 23:30-05:00, ¶1)",
    "/timeline.atom": "18 Mar 2025, 23:30-05:00, ",
    "/changes.atom": "18 Mar 2025, 23:30-05:00, ",
    "/timeline.html": "18 Mar 2025, 23:30-05:00</span>",
    "/events.html": "18 Mar 2025, 23:30-05:00",
}
"""What formats in which an event is on a whole day say of its time."""


@pytest.mark.parametrize("path", TIMES)
def test_time_of_day_is_next_to_the_date(tmp_path: Path, path: str) -> None:
    event = {"id": "meeting", "date": "2025-03-18", "date_basis": "stated", "time": "23:30-05:00"}
    client = load_bundles(tmp_path / "times.db", base("truce", events=[event]))
    assert TIMES[path] in client.get(path).text.replace("\r\n ", "").replace("\\,", ",")


def test_event_has_the_same_entry_in_both_calendars(client: FlaskClient) -> None:
    in_timeline = {entry["uid"]: entry.to_ical() for entry in entries(client, "/timeline.ics")}
    for entry in entries(client, "/events.ics"):
        assert in_timeline[entry["uid"]] == entry.to_ical()


@pytest.mark.parametrize("path", ["/events.ics", "/timeline.ics"])
def test_calendar_equals_that_of_the_library(client: FlaskClient, path: str) -> None:
    calendar = client.get(path).data
    assert icalendar.Calendar.from_ical(calendar).to_ical() == calendar


@pytest.mark.parametrize("character", ["a", "é", "€", "😀", "\\", "^", ";", ",", "\n", "a;é", "aa\\€"])
def test_line_is_folded_as_by_the_library(character: str) -> None:
    for length in range(130):
        event, text = icalendar.Event(), character * length + "end"
        event.add("summary", text)
        assert component("VEVENT", [("SUMMARY", escape(text))]) == event.to_ical()


def test_empty_calendar_has_a_component(client: FlaskClient) -> None:
    calendar = icalendar.Calendar.from_ical(client.get("/events.ics?since=2030").data)
    assert [component.name for component in calendar.subcomponents] == ["VTIMEZONE"]


def test_proposals_have_no_calendar(client: FlaskClient) -> None:
    """A source that states a duration states no end date, so none is computed."""
    assert client.get("/proposals.ics").status_code == 404


def test_calendar_has_the_same_bytes_every_time(client: FlaskClient) -> None:
    assert client.get("/events.ics").data == client.get("/events.ics").data


def test_last_day_of_all_does_not_break_a_calendar(own: Path, tmp_path: Path) -> None:
    bundle = tmp_path / "last.yaml"
    text = SECOND.read_text().replace(
        "date: 2025-03-20\n    date_basis: stated\n    voice", "date: 9999-12-31\n    date_basis: stated\n    voice"
    )
    bundle.write_text(text)
    load([bundle], own)
    client = client_of(own)
    assert b"invented-statement" in client.get("/events.ics").data
    assert client.get("/timeline.ics").status_code == 200
