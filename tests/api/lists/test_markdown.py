"""Markdown of records, lists and views: its length, its citations, what is left out, and its safety."""

import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.lists.markdown import MARKDOWN, MAX_CHARACTERS, Item, escape, fit
from api.openapi.routes import Endpoint, all_endpoints
from tests.support.lists import Records
from tests.support.small_bundles import base, load_bundles

REQUIRED = {"/search": "?q=ceasefire", "/compare": "?accounts=kremlin,white-house"}
PLAIN = re.compile(r"\\[!-/:-@\[-`{-~]")
"""A character that Markdown is made to take as it is."""


def markdown_endpoints(app: Flask) -> list[Endpoint]:
    with app.app_context():
        return [endpoint for endpoint in all_endpoints() if endpoint.suffix == ".md"]


def test_markdown_is_bounded_and_negotiated(app: Flask, client: FlaskClient) -> None:
    for endpoint in markdown_endpoints(app):
        path = endpoint.path.removesuffix(".md")
        query = REQUIRED.get(path, "")
        for name, value in endpoint.path_values.items():
            path = path.replace(f"{{{name}}}", value["example"])
        if client.get(path + query).status_code == 404:
            continue  # no bundle of the project has an addition
        response = client.get(f"{path}.md{query}")
        assert (response.status_code, response.content_type) == (200, MARKDOWN), path
        assert len(response.text) <= MAX_CHARACTERS
        assert re.search(r"^Readout, revision \d+", response.text, re.MULTILINE)
        assert client.get(path + query, headers={"Accept": "text/markdown"}).text == response.text


def test_views_with_text_have_markdown(app: Flask) -> None:
    with app.app_context():
        text = {endpoint.path.removesuffix(".txt") for endpoint in all_endpoints() if endpoint.suffix == ".txt"}
    served = {endpoint.path.removesuffix(".md") for endpoint in markdown_endpoints(app)}
    assert {path for path in text if not path.startswith("/vocabularies")} == served


def test_records_are_cited_in_markdown(client: FlaskClient, plural: str, records: Records) -> None:
    for record in records:
        text = PLAIN.sub(lambda match: match[0][1], client.get(f"/{plural}/{record['id']}.md").text)
        for citation in record.get("citations", []):
            assert re.search(rf"¶(.*, )?{citation['paragraph']}\b", text)
            assert f"- {citation['source']}: [" in text
        assert record.get("attribution", "").removesuffix(" (inferred)") in text
        assert ("inferred" in text) or not record.get("attribution", "").endswith("(inferred)")


def test_whole_items_are_left_out_and_counted(client: FlaskClient) -> None:
    path = "/search.md?limit=100&q=ceasefire"
    text = client.get(path).text
    hits = client.get("/search?q=ceasefire&limit=100").get_json()["data"]
    shown = [hit for hit in hits if f" /{hit['type']}/{hit['id']}\n" in text]
    assert 0 < len(shown) < len(hits)
    url = f"http://localhost{path}".replace(".md", ".json")
    assert f"\n\n{len(hits) - len(shown)} more left out here for length: see [the JSON]({url})" in text


def test_items_fit_or_are_left_out_with_their_heading() -> None:
    items = [Item(0, "one"), Item(0, "heading"), Item(1, "two"), Item(1, "three")]
    assert fit(items, 100) == (["- one", "- heading", "  - two", "  - three"], 0)
    assert fit(items, len("- one\n- heading\n  - two\n")) == (["- one", "- heading", "  - two"], 1)
    assert fit(items, len("- one\n- heading\n")) == (["- one"], 2)
    assert fit(items, 3) == ([], 3)


@pytest.mark.parametrize(
    "text",
    ["# h", "- x", "+ x", "1. x", "1) x", "> q", "---", "===", "```", "<b>x</b>", "&lt;", "[a](b)", "![a](b)", "|a|",
     "**b**", "_i_", "`c`", "~~s~~", "http://example.org", "www.example.org", "a@example.org", "a\n# b", "    code"],
)  # fmt: skip
def test_text_of_records_is_no_markup(text: str) -> None:
    shown = escape(text)
    assert PLAIN.sub(lambda match: match[0][1], shown) == " ".join(text.split()).replace("a # b", "a\\n# b")
    rest = PLAIN.sub("", shown)
    assert not re.search(r"[`*_\[\]<>&|~#@]|://|www\.", rest)
    assert not re.match(r"[-+=]|\d+[.)]", shown)


def test_questions_have_their_status_in_markdown(tmp_path: Path) -> None:
    answer = {"event": "meeting", "position": None, "statement": None}
    questions: Records = [
        {"id": "open"},
        {"id": "answered", "question": "Was it so?", "status": "answered", "answered_by": [answer]},
    ]
    client = load_bundles(tmp_path / "questions.db", base(events=[{"id": "meeting"}], questions=questions))
    text = client.get("/questions.md").text
    assert "- open: Is it so? (" in text
    assert "- answered: Was it so? (" in text


def test_hostile_title_stays_on_its_line(tmp_path: Path) -> None:
    title = "# A <b>truce</b> [here](http://example.org) | and `more`"
    client = load_bundles(tmp_path / "readout.db", base(proposals=[{"id": "truce", "title": title}]))
    for path in ("/proposals/truce.md", "/proposals.md", "/proposals/truce/standing.md"):
        text = client.get(path).text
        assert escape(title) in text
        assert title not in text


def test_long_label_is_whole_under_its_heading(tmp_path: Path) -> None:
    summary = "word " * 100 + "end"
    positions = [{"id": "long", "summary": summary}]
    client = load_bundles(tmp_path / "readout.db", base("truce", positions=positions))
    heading, rest = client.get("/positions/long.md").text.split("\n", 1)
    assert heading.endswith(" …")
    assert f"- Summary: {summary}\n" in rest
