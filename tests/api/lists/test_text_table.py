"""Lists as text tables."""

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from wcwidth import wcswidth

from api.lists.csv_columns import csv_columns
from api.lists.text_table import format_table, safe_text, wrap
from api.middleware.app_threads import MAX_CPU_SECONDS
from schemas import RECORDS
from seed.bundles import SEED, load
from tests.support.clients import client_of
from tests.support.cpu_time import limit_cpu_time


def test_table_is_aligned_and_fits_a_terminal(client: FlaskClient, plural: str) -> None:
    lines = client.get(f"/{plural}.txt?limit=500").text.splitlines()
    assert max(map(len, lines)) <= 100
    assert lines[0].split()[0] == RECORDS[plural].brief[0].removesuffix("_label")
    assert lines[-1].endswith(f" {plural}")


def test_dates_that_the_source_does_not_give_are_marked(client: FlaskClient) -> None:
    text = client.get("/events.txt?id=trump-2024-campaign-promise,trump-putin-call").text
    assert re.search(r"^2024  ", text, re.MULTILINE)
    assert re.search(r"^18 Mar 2025\*  ", text, re.MULTILINE)
    assert "* The source does not give this date" in text
    assert "*" not in client.get("/events.txt?id=trump-2024-campaign-promise").text
    assert "*" not in client.get("/events.txt?fields=id,date").text


def test_titles_with_commas_are_told_apart(client: FlaskClient) -> None:
    text = " ".join(client.get("/positions.txt?id=putin-sets-conditions-settlement").text.split())
    assert "demanded by Putin according to the Kremlin; A total end" in text
    assert "Russia, Ukraine, United States" in client.get("/negotiations.txt?width=200").text


def test_questions_are_blocks_of_lines(client: FlaskClient) -> None:
    """Their texts are long: in columns they would be twenty characters wide."""
    block, *_ = client.get("/questions.txt?limit=2").text.split("\n\n")
    assert [line.split()[0] for line in block.splitlines() if line[0] != " "][:3] == ["question", "status", "note"]
    assert client.get("/questions.txt?fields=id,status&limit=2").text.startswith("id")


def test_wide_characters_are_aligned(own: Path, tmp_path: Path) -> None:
    text = (SEED / "trump-putin-call.yaml").read_text()
    bundle = tmp_path / "wide.yaml"
    bundle.write_text(
        text.replace("name: Vladimir Putin", f"name: {'普京' * 60}").replace("name: X\n", "name: é\u0301X\n")
    )
    load([bundle], own)
    lines = client_of(own).get("/parties.txt?limit=500").text.splitlines()
    assert any("普京" in line for line in lines)
    assert max(map(wcswidth, lines)) <= 100


def test_last_line_has_the_next_page(client: FlaskClient) -> None:
    *_, count, last = client.get("/parties.txt?limit=2").text.splitlines()
    assert count.startswith("2 of ")
    following = client.get(last.removeprefix("next: "))
    assert following.content_type == "text/plain; charset=utf-8"
    assert "parties" in following.text


def test_columns_that_do_not_fit_make_a_block_per_record(client: FlaskClient, plural: str) -> None:
    names = list(csv_columns(RECORDS[plural]))
    lines = client.get(f"/{plural}.txt?limit=2&fields={','.join(names)}").text.splitlines()
    assert max(map(wcswidth, lines[:-1])) <= 100
    if not lines[-1].startswith("0 of"):
        assert [line.split()[0] for line in lines[: lines.index("")] if not line.startswith(" ")] == names


@pytest.mark.parametrize("limit", [1, 3])
def test_narrow_columns_make_a_table(client: FlaskClient, limit: int) -> None:
    lines = client.get(f"/parties.txt?limit={limit}&fields=id,name,kind").text.splitlines()
    assert lines.index("") == limit + 1


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("ab cd efghij klm", 5, ["ab cd", "efghi", "j klm"]),
        ("", 3, [""]),
        ("普京普京", 4, ["普京", "普京"]),
        ("普京", 1, ["普", "京"]),
        ("e\u0301e\u0301", 1, ["e\u0301", "e\u0301"]),
    ],
)
def test_wrap_breaks_at_spaces_or_within_long_words(text: str, width: int, lines: list[str]) -> None:
    assert wrap(text, width) == lines


def test_invisible_characters_are_escaped() -> None:
    assert safe_text("a\u202eb\x9b\u200bc") == r"a\u202eb\x9b\u200bc"
    assert safe_text("« a »".replace(" ", "\u00a0")) == "« a »"
    assert safe_text("نمی\u200cخواهم") == "نمی\u200cخواهم"


@pytest.mark.parametrize("text", ["points to forces that gather " * 60, "普京表示俄罗斯" * 260])
def test_page_of_long_texts_is_fast(text: str) -> None:
    """A full page of long texts takes less than the computing time of a request."""
    with limit_cpu_time(MAX_CPU_SECONDS):
        format_table([["name", text]] * 500, (26, 72))


@pytest.mark.parametrize("format", ["txt", "html"])
def test_principal_is_marked_unless_the_source_states_it(client: FlaskClient, format: str) -> None:
    """Which state an official acts for may be inferred, or known from elsewhere."""
    for party in client.get("/parties?limit=500").get_json()["data"]:
        width = "&width=400" if format == "txt" else ""
        text = client.get(f"/parties.{format}?id={party['id']}{width}").text
        labels = {"inferred": "(inferred)", "external": "(known from elsewhere)"}
        marks = [mark for mark in labels.values() if mark in text]
        expected = labels.get(str(party["principal_basis"]))
        assert marks == ([expected] if expected else [])
