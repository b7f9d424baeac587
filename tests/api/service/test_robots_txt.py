"""/robots.txt."""

from urllib.robotparser import RobotFileParser

import pytest
from flask.testing import FlaskClient


@pytest.mark.parametrize(
    ("path", "allowed"),
    [("/", True), ("/matrix.html", True), ("/changes.atom", True), ("/export/readout.db", False)],
)
def test_crawlers_may_read_everything_but_downloads(client: FlaskClient, path: str, allowed: bool) -> None:
    response = client.get("/robots.txt")
    assert response.content_type == "text/plain; charset=utf-8"
    rules = RobotFileParser()
    rules.parse(response.text.splitlines())
    assert rules.can_fetch("AnyBot", f"http://localhost{path}") is allowed
