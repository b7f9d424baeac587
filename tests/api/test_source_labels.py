"""Short labels of sources: who issued or published a text, and what else it takes to tell it from others."""

import re
from pathlib import Path
from typing import Any

from tests.support.small_bundles import base, bundle, load_bundles

READOUT = {"kind": "readout", "date": "2025-03-18"}
LONG_NAME = "Delegation of the Russian Federation to the talks"
PARTIES = [{"id": "delegation", "name": LONG_NAME, "kind": "group", "principal": "russia", "principal_basis": "stated"}]
SOURCES: dict[str, tuple[dict[str, Any], str]] = {
    "gazette": ({"publisher": "The Gazette"}, "The Gazette"),
    "unnamed": ({"date": "2025-04", "date_basis": "resolved", "date_wording": "in April"}, "article of Apr 2025*"),
    "undated": ({"date": None, "date_basis": None}, "article"),
    "joint": (
        {"kind": "joint_statement", "issued_by": ["delegation", "united-states"]},
        "Russia and United States joint statement",
    ),
    "kremlin-text": (READOUT | {"issued_by": ["kremlin"]}, "Kremlin readout of 18 Mar 2025"),
    "kremlin-later-text": (
        READOUT | {"issued_by": ["kremlin"], "date": "2025-03-25"},
        "Kremlin readout of 25 Mar 2025",
    ),
    "white-house-text": (READOUT | {"issued_by": ["white-house"]}, "White House readout"),
    "press-one": ({"publisher": "The Press"}, "The Press of 18 Mar 2025 (press-one)"),
    "press-two": ({"publisher": "The Press"}, "The Press of 18 Mar 2025 (press-two)"),
}


def test_label_is_short_and_tells_sources_apart(tmp_path: Path) -> None:
    statements = {id: [{"id": f"words-{id}", "summary": f"Words of {id}."}] for id in SOURCES}
    later = [bundle(id, source, statements=statements[id]) for id, (source, _) in SOURCES.items()]
    client = load_bundles(tmp_path / "readout.db", base(parties=[*base()["parties"], *PARTIES]), *later)
    for width in (100, 300):
        text = " ".join(client.get(f"/timeline.txt?width={width}&limit=100").text.split())
        for id, (_, label) in SOURCES.items():
            assert re.search(rf"Words of {id}\. \(Putin[^¶]*, {re.escape(label)} ¶1\)", text), id
            assert f"{label}: A text (/sources/{id})" in text
    html = client.get("/timeline.html").text
    assert all(f"{label} <a href" in html for _, label in SOURCES.values())
    markdown = client.get("/timeline.md").text
    assert "White House readout (white-house-text): [A text]" in markdown
    assert "Sources:" not in markdown


def test_only_source_needs_no_label(tmp_path: Path) -> None:
    client = load_bundles(tmp_path / "readout.db", base(statements=[{"id": "words"}]))
    text = client.get("/timeline.txt").text
    assert "(Putin, ¶1)" in text
    assert "Sources:" not in text
