"""pa11y and vnu: the page for people, in a browser and in the rules of HTML."""

import json
from pathlib import Path

import httpx

from tests.conformance.conftest import HERE, Run

VALIDATOR = HERE / "node_modules/vnu-jar/build/dist/vnu.jar"
ROUTES = "WCAG2AA.Principle2.Guideline2_4.2_4_1.G1,G123,G124.NoSuchID"
"""That a link leads to no element: Swagger UI's links within the page, as #/events, are read by its script."""


def test_pa11y_has_no_complaint(server: str, run: Run) -> None:
    options = ("--config", HERE / "pa11y.json", "--ignore", ROUTES, "--reporter", "json")
    told = run("pa11y", *options, f"{server}/docs")
    assert told.text.strip() == "[]", told.text[-5000:]


def test_vnu_has_no_complaint(server: str, run: Run, tmp_path: Path) -> None:
    page = tmp_path / "docs.html"
    page.write_bytes(httpx.get(f"{server}/docs").content)
    told = run("java", "-jar", VALIDATOR, "--format", "json", page)
    assert json.loads(told.text)["messages"] == []
