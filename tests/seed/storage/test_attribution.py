"""Attribution: whose word a record is, on every list, kept up to date by later loads."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from api import create_app
from schemas import RECORDS
from schemas.record import Cited
from seed.bundles import SEED, load

Fetch = Callable[..., Any]
ARTICLE = "trump-putin-call-article"
LISTS = [*(plural for plural, record in RECORDS.items() if issubclass(record, Cited)), "timeline"]


@pytest.mark.parametrize("plural", LISTS)
def test_every_row_is_attributed(fetch: Fetch, plural: str) -> None:
    for record in fetch(f"/{plural}?limit=500")["data"]:
        assert record["accounts"]
        assert record["attribution"]


@pytest.mark.parametrize("plural", LISTS)
def test_account_filters_every_list(fetch: Fetch, plural: str) -> None:
    every = fetch(f"/{plural}?limit=500")["data"]
    for account in ("kremlin", ARTICLE, "unattributed"):
        matching = fetch(f"/{plural}?account={account}&limit=500")["data"]
        assert matching == [record for record in every if account in record["accounts"]]


@pytest.mark.parametrize(
    ("path", "accounts", "attribution"),
    [
        ("/events/putin-energy-order", [ARTICLE], "the article"),
        ("/events/criticism-of-trump", ["unattributed"], "not attributed"),
        ("/positions/putin-welcomes-energy-halt", ["kremlin"], "Kremlin"),
        ("/positions/trump-floats-division", ["trump"], "Donald Trump"),
        ("/positions/russia-accepts-black-sea-moratorium", ["witkoff"], "Steve Witkoff (inferred)"),
        ("/statements/kremlin-reacted-positively", ["kremlin"], "Kremlin"),
        ("/statements/putin-initial-reasons", ["kremlin"], "Vladimir Putin, according to the Kremlin"),
    ],
)
def test_attribution_follows_the_voice(fetch: Fetch, path: str, accounts: list[str], attribution: str) -> None:
    record = fetch(path)
    assert (record["accounts"], record["attribution"]) == (accounts, attribution)


def test_new_name_changes_the_attribution(own: Path, tmp_path: Path) -> None:
    bundle = tmp_path / "article.yaml"
    bundle.write_text((SEED / "trump-putin-call.yaml").read_text().replace("name: Kremlin\n", "name: The Kremlin\n"))
    load([bundle], own)
    client = create_app(database=str(own)).test_client()
    assert client.get("/positions/putin-welcomes-energy-halt").get_json()["attribution"] == "The Kremlin"
    statement = client.get("/statements/putin-initial-reasons").get_json()
    assert statement["attribution"] == "Vladimir Putin, according to The Kremlin"
    entry = client.get("/timeline?q=positively&limit=500").get_json()["data"][0]
    assert "The Kremlin" in {entry["attribution"], *(record["attribution"] for record in entry["records"])}


def test_issuers_of_a_primary_source_are_its_accounts(own: Path, tmp_path: Path) -> None:
    bundle = tmp_path / "article.yaml"
    text = (SEED / "trump-putin-call.yaml").read_text()
    bundle.write_text(
        text.replace("kind: news_article\n", "kind: joint_statement\n    issued_by: [kremlin, white-house]\n")
    )
    load([bundle], own)
    record = create_app(database=str(own)).test_client().get("/events/putin-energy-order").get_json()
    assert (record["accounts"], record["attribution"]) == (["kremlin", "white-house"], "Kremlin and White House")
