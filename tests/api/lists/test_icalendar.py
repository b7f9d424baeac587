"""Lists as calendars."""

from pathlib import Path

import icalendar
from flask.testing import FlaskClient

from api import create_app
from seed.bundles import load
from tests.conftest import ROOT

SECOND = ROOT / "tests" / "support" / "second_bundle.yaml"


def test_scheduled_talks_are_tentative(client: FlaskClient) -> None:
    response = client.get("/events.ics?status=scheduled&source=trump-putin-call-article")
    assert response.content_type == "text/calendar; charset=utf-8"
    (entry,) = icalendar.Calendar.from_ical(response.data).events
    assert str(entry["summary"]).startswith("Talks with Russia")
    assert entry.start.isoformat() == "2025-03-23"
    assert entry["status"] == "TENTATIVE"


def test_expiry_says_who_counted(client: FlaskClient) -> None:
    (entry,) = icalendar.Calendar.from_ical(client.get("/proposals.ics?source=trump-putin-call-article").data).events
    assert entry.start.isoformat() == "2025-04-17"
    assert str(entry["summary"]).startswith("Would end: ")
    assert str(entry["description"]).startswith("Counted by Readout: ")


def test_calendar_has_the_same_bytes_every_time(client: FlaskClient) -> None:
    assert client.get("/events.ics").data == client.get("/events.ics").data


def test_last_day_of_all_does_not_break_a_calendar(own: Path, tmp_path: Path) -> None:
    bundle = tmp_path / "last.yaml"
    text = SECOND.read_text().replace(
        "date: 2025-03-20\n    date_basis: stated\n    voice", "date: 9999-12-31\n    date_basis: stated\n    voice"
    )
    bundle.write_text(text.replace("duration: P3D", "duration: P9999Y\n    stage: in_effect"))
    load([bundle], own)
    client = create_app(database=str(own)).test_client()
    assert b"invented-statement" in client.get("/events.ics").data
    assert client.get("/proposals.ics").status_code == 200
    assert client.get("/timeline.ics").status_code == 200
