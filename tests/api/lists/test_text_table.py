"""Lists as text tables."""

from pathlib import Path

from flask.testing import FlaskClient
from wcwidth import wcswidth

from api import create_app
from schemas import RECORDS
from seed.bundles import SEED, load


def test_table_is_aligned_and_fits_a_terminal(client: FlaskClient, plural: str) -> None:
    lines = client.get(f"/{plural}.txt?limit=500").text.splitlines()
    assert max(map(len, lines)) <= 100
    assert lines[0].split()[0] == RECORDS[plural].brief[0]
    assert lines[-1].endswith(f" {plural}")


def test_wide_characters_are_aligned(own: Path, tmp_path: Path) -> None:
    text = (SEED / "trump-putin-call.yaml").read_text()
    bundle = tmp_path / "wide.yaml"
    bundle.write_text(
        text.replace("name: Vladimir Putin", f"name: {'普京' * 60}").replace("name: X\n", "name: é\u0301X\n")
    )
    load([bundle], own)
    lines = create_app(database=str(own)).test_client().get("/parties.txt?limit=500").text.splitlines()
    assert any("普京" in line for line in lines)
    assert max(map(wcswidth, lines)) <= 100


def test_last_line_has_the_next_page(client: FlaskClient) -> None:
    last = client.get("/parties.txt?limit=2").text.splitlines()[-1]
    assert last.startswith("2 of ")
    following = client.get(last.split("next: ")[1])
    assert following.content_type == "text/plain; charset=utf-8"
    assert "parties" in following.text
