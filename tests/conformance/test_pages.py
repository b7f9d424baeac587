"""pa11y and vnu: the pages in a browser, and as valid HTML."""

import json
from pathlib import Path

import httpx

from tests.conformance.conftest import HERE, Run

VALIDATOR = HERE / "node_modules/vnu-jar/build/dist/vnu.jar"
ROUTES = "WCAG2AA.Principle2.Guideline2_4.2_4_1.G1,G123,G124.NoSuchID"
"""Links without a target element: Swagger UI's in-page links such as #/events are handled by its script."""


def test_pa11y_passes(server: str, run: Run) -> None:
    options = ("--config", HERE / "pa11y.json", "--ignore", ROUTES, "--reporter", "json")
    result = run("pa11y", *options, f"{server}/docs")
    assert result.text.strip() == "[]", result.text[-5000:]


def test_vnu_passes(server: str, run: Run, tmp_path: Path) -> None:
    page = tmp_path / "docs.html"
    page.write_bytes(httpx.get(f"{server}/docs").content)
    result = run("java", "-jar", VALIDATOR, "--format", "json", page)
    assert json.loads(result.text)["messages"] == []
