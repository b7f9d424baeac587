"""pa11y, vnu and Lighthouse: the pages and the documentation as valid HTML, and what phones and search engines get."""

import json
import re
from pathlib import Path

import httpx
import pytest

from tests.conformance.conftest import HERE, Run
from tests.support.pages import BROWSER, EVERY_KIND

VALIDATOR = HERE / "node_modules/vnu-jar/build/dist/vnu.jar"
ROUTES = "WCAG2AA.Principle2.Guideline2_4.2_4_1.G1,G123,G124.NoSuchID"
"""Links without a target element: Swagger UI's in-page links such as #/events are handled by its script."""
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
LOWEST_SCORE = 0.95


def test_pa11y_passes(server: str, run: Run) -> None:
    options = ("--config", HERE / "pa11y.json", "--ignore", ROUTES, "--reporter", "json")
    result = run("pa11y", *options, f"{server}/docs")
    assert result.text.strip() == "[]", result.text[-5000:]


def test_vnu_passes_for_every_page_and_the_stylesheet(server: str, run: Run, tmp_path: Path) -> None:
    with httpx.Client(base_url=server, headers=BROWSER) as client:
        for number, path in enumerate(("/docs", *EVERY_KIND)):
            name = f"{number}-{re.sub('[^a-z]+', '-', path)}.html"
            (tmp_path / name).write_bytes(client.get(path).content)
        (stylesheet,) = re.findall(r'rel="stylesheet" href="([^"]+)"', client.get("/").text)
        (tmp_path / "readout.css").write_bytes(client.get(stylesheet).content)
    result = run("java", "-jar", VALIDATOR, "--also-check-css", "--format", "json", *tmp_path.iterdir())
    assert json.loads(result.text)["messages"] == []


@pytest.mark.parametrize("path", ["/", "/matrix", "/issues/energy-strikes/accounts"])
def test_lighthouse_scores_are_high(server: str, run: Run, tmp_path: Path, path: str) -> None:
    report = tmp_path / "report.json"
    options = ("--quiet", "--output=json", f"--output-path={report}", "--chrome-flags=--headless --no-sandbox")
    result = run("lighthouse", server + path, *options, f"--only-categories={','.join(CATEGORIES)}")
    assert result.code == 0, result.text
    scores = {name: each["score"] for name, each in json.loads(report.read_text())["categories"].items()}
    assert set(scores) == set(CATEGORIES)
    assert min(scores.values()) >= LOWEST_SCORE, scores
