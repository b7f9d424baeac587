"""Retired ids: an id that was withdrawn, renamed or merged answers 410 and is not used again."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from openapi_schema_validator import OAS31Validator

from seed.bundles import check, load
from seed.doctor import run_checks
from seed.errors import InvalidBundles
from seed.export import to_yaml
from seed.life import InvalidChange, rename, withdraw
from seed.storage.references import RecordRef
from seed.storage.writer import Authorship
from tests.support.bundle_files import SECOND, read_document, select, stream_lines, write_stream
from tests.support.clients import client_of
from tests.support.small_bundles import bundle

POSITION = "ukraine-rejects-invented-pause"
OTHER = bundle("other-article", positions=[{"id": POSITION, "party": "ukraine", "proposal": "energy-strikes-halt"}])


@pytest.fixture
def without(tmp_path: Path) -> Path:
    return write_without(tmp_path)


def write_without(folder: Path) -> Path:
    """Write the second bundle without its position."""
    path = folder / "without.yaml"
    path.write_text(SECOND.read_text().split("positions:\n", maxsplit=1)[0])
    return path


@pytest.fixture(scope="module")
def database_after_both(database: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a database from which a load has dropped a position."""
    folder = tmp_path_factory.mktemp("dropped")
    path = Path(shutil.copy(database, folder / "readout.db"))
    load([SECOND], path)
    load([write_without(folder)], path, authorship=Authorship("A. Editor", "Misread."))
    return path


@pytest.fixture
def dropped(database_after_both: Path, tmp_path: Path) -> Path:
    """Return a copy of that database for one test."""
    return Path(shutil.copy(database_after_both, tmp_path / "own.db"))


@pytest.fixture
def client(dropped: Path) -> FlaskClient:
    return client_of(dropped)


def test_dropped_record_is_gone_with_who_and_why(client: FlaskClient) -> None:
    response = client.get(f"/positions/{POSITION}")
    problem = response.get_json()
    assert (response.status_code, response.mimetype) == (410, "application/problem+json")
    assert problem["detail"].startswith(f"The position {POSITION!r} was dropped from the bundle 'invented-article' on ")
    assert "by A. Editor. Reason: Misread." in problem["detail"]
    components = client.get("/openapi.json").get_json()["components"]
    OAS31Validator({"$ref": "#/components/schemas/ProblemDetails", "components": components}).validate(problem)
    expected = {"removal": "dropped", "author": "A. Editor", "reason": "Misread.", "successor": None, "revision": 3}
    assert problem | expected == problem
    assert client.get(problem["links"]["history"]).get_json()["data"][-1]["recorded_at"] == problem["recorded_at"]


def test_page_of_a_dropped_record_is_gone_too(client: FlaskClient) -> None:
    response = client.get(f"/positions/{POSITION}", headers={"Accept": "text/html"})
    assert response.status_code == 410
    assert "A. Editor" in response.text
    assert f"/positions/{POSITION}/history" in response.text


def test_a_filter_says_what_became_of_a_record(dropped: Path, without: Path, client: FlaskClient) -> None:
    without.write_text(without.read_text().partition("proposals:\n")[0])
    load([without], dropped)
    (error,) = client.get("/positions?proposal=invented-pause").get_json()["errors"]
    assert error["detail"].startswith("The proposal 'invented-pause' was dropped from the bundle")


def test_a_bundle_may_take_back_what_it_dropped(dropped: Path) -> None:
    check([SECOND], dropped)
    assert load([SECOND], dropped, authorship=Authorship(reason="It was right.")).changes == {"create": 2}
    client = client_of(dropped)
    assert client.get(f"/positions/{POSITION}").status_code == 200
    history = client.get(f"/positions/{POSITION}/history").get_json()["data"]
    assert [change["action"] for change in history] == ["create", "delete", "create"]
    assert history[-1]["reason"] == "It was right."


def test_a_bundle_may_take_back_what_it_dropped_after_a_rename(dropped: Path, tmp_path: Path) -> None:
    rename(dropped, RecordRef("sources", "invented-article"), "second-article", Authorship("A. Editor"))
    renamed = tmp_path / "renamed.yaml"
    renamed.write_text(SECOND.read_text().replace("invented-article", "second-article"))
    check([renamed], dropped)
    assert load([renamed], dropped).changes == {"create": 2}
    assert {result.check for result in run_checks(dropped) if result.state != "ok"} == set()


@pytest.mark.parametrize("read", [check, load])
def test_another_bundle_may_not_have_a_retired_id(dropped: Path, tmp_path: Path, read: Any) -> None:
    other = write_stream(tmp_path / "other.ndjson", stream_lines(OTHER))
    with pytest.raises(InvalidBundles, match=r"/id: The position .* was dropped .* choose a different id"):
        read([other], dropped)
    assert select(dropped, "select max(revision) from revisions") == [(3,)]


def test_check_over_http_knows_retired_ids(client: FlaskClient) -> None:
    (error,) = client.post("/check", json=OTHER).get_json()["errors"]
    assert error["pointer"] == "#/positions/0/id"
    assert "Reason: Misread." in error["detail"]


def test_a_reference_to_a_retired_id_says_what_became_of_it(dropped: Path, without: Path) -> None:
    document = read_document(SECOND)
    without.write_text(without.read_text().partition("proposals:\n")[0])
    load([without], dropped)
    client = client_of(dropped)
    other = bundle("other-article", positions=[{"id": "new", "party": "ukraine", "proposal": "invented-pause"}])
    (error,) = client.post("/check", json=other).get_json()["errors"]
    assert error["detail"].startswith("The proposal 'invented-pause' was dropped from the bundle 'invented-article'")
    assert client.post("/check", json=document).get_json()["valid"]


ACCOUNT = "account-of-nobody"
RETIREMENTS: dict[str, Callable[[Path], object]] = {
    "renamed party": lambda path: rename(path, RecordRef("parties", ACCOUNT), "somebody", Authorship("A. Editor")),
    "dropped party": lambda path: load_account(path, bundle("invented-text")),
    "withdrawn source": lambda path: withdraw(path, RecordRef("sources", ACCOUNT), Authorship("A. Editor")),
}


def load_account(path: Path, *documents: Any) -> None:
    load([write_stream(path.with_name("account.ndjson"), stream_lines(*documents))], path)


def new_account(retirement: str) -> tuple[Any, Any]:
    """Return a bundle with a party or a source, and a later one with a record of the other type and the same id."""
    with_source, with_party = bundle(ACCOUNT), bundle("invented-text", parties=[{"id": ACCOUNT, "name": "Nobody"}])
    return (with_source, with_party) if "source" in retirement else (with_party, with_source)


@pytest.mark.parametrize("read", [check, load])
@pytest.mark.parametrize("suffix", [".yaml", ".ndjson"])
@pytest.mark.parametrize("retirement", RETIREMENTS)
def test_retired_account_is_no_id_of_the_other_type(own: Path, retirement: str, suffix: str, read: Any) -> None:
    first, other = new_account(retirement)
    load_account(own, first)
    RETIREMENTS[retirement](own)
    last = select(own, "select max(revision) from revisions")
    path = own.with_name(f"other{suffix}")
    if suffix == ".yaml":
        path.write_text(to_yaml(other))
    else:
        write_stream(path, stream_lines(other))
    with pytest.raises(InvalidBundles) as refusal:
        read([path], own)
    (error,) = refusal.value.errors
    kind, how = reversed(retirement.split())
    assert error.error.pointer.endswith("/id")
    assert error.error.detail.startswith(f"The {kind} {ACCOUNT!r} was {how} ")
    assert error.error.detail.endswith("Accounts are ids of parties and of sources: choose a different id.")
    assert select(own, "select max(revision) from revisions") == last


def test_account_that_a_load_drops_is_no_id_of_the_other_type(own: Path) -> None:
    load_account(own, bundle("invented-text", parties=[{"id": ACCOUNT, "name": "Nobody"}]))
    with pytest.raises(InvalidBundles, match=f"/id: {ACCOUNT!r} is already the id of a party"):
        load_account(own, bundle("invented-text"), bundle(ACCOUNT))


def test_no_record_is_renamed_to_a_retired_account(own: Path) -> None:
    load_account(own, bundle(ACCOUNT))
    withdraw(own, RecordRef("sources", ACCOUNT), Authorship("A. Editor"))
    with pytest.raises(InvalidChange, match=f"The source {ACCOUNT!r} was withdrawn on .* choose a different id"):
        rename(own, RecordRef("parties", "putin"), ACCOUNT, Authorship("A. Editor"))
