"""The validation pipeline: every entry point reports the same errors for the same records."""

import copy
import re
import shutil
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils import Database
from werkzeug.test import TestResponse

from schemas.errors import FieldError, json_pointer
from seed.bundles import check, load, load_document
from seed.cli import cli
from seed.errors import MAX_ERRORS, InvalidBundles
from seed.export import to_yaml
from seed.storage.mapping import singular
from seed.storage.sqlite_file import open_readonly
from seed.storage.tables import create_tables
from seed.storage.writer import ANONYMOUS, BATCH_SIZE
from seed.tokens import SCOPES, create_token
from seed.validation import validate_document, validate_record
from tests.support.bundle_files import ARTICLE, SECOND, read_document, select, stream_lines, write_stream
from tests.support.clients import client_of
from tests.support.small_bundles import ADDING, base, bundle, load_bundles

Document = dict[str, Any]
Edit = Callable[[Document], object]
Reporter = Callable[[Document, Path, Path], list[str]]
"""Returns the errors of a document, each with its pointer; takes the path of the database and a folder."""


def set_field(plural: str, **changes: Any) -> Edit:
    """Return an edit of the first record of a type."""
    return lambda document: document[plural][0].update(changes)


def edit_record(plural: str, id: str, **changes: Any) -> Edit:
    return lambda document: next(one for one in document[plural] if one["id"] == id).update(changes)


def repeat(plural: str) -> Edit:
    return lambda document: document[plural].append(document[plural][0])


def add_party(id: str) -> Edit:
    return lambda document: document["parties"].append(document["parties"][0] | {"id": id, "identifiers": []})


def remove(plural: str, id: str) -> Edit:
    return lambda document: document[plural].remove(next(one for one in document[plural] if one["id"] == id))


def add_parts(plural: str, *chain: str) -> Edit:
    """Return an edit that makes each record part of the next."""
    key = singular(plural)

    def edit(document: Document) -> None:
        by_id = {record["id"]: record for record in document[plural]}
        for part, whole in pairwise(chain):
            if plural == "issues":
                by_id[part]["part_of"] = whole
            else:
                by_id[part]["relations"] = [{key: whole, "relation": "part_of"}]

    return edit


EVENTS = ("trump-putin-call", "kremlin-readout", "white-house-readout")


def add(*additions: Document) -> Edit:
    """Return an edit that appends additions."""
    cited = {"summary": "It adds.", "citations": [{"source": "trump-putin-call-article", "paragraph": 1}]}
    numbered = [{"id": f"addition-{place}", **cited, **one} for place, one in enumerate(additions)]
    return lambda document: document.setdefault("additions", []).extend(numbered)


PROPOSALS = ("energy-strikes-halt", "full-ceasefire")
EDITS: dict[str, tuple[Edit, ...]] = {
    "nothing": (),
    "fields": (
        set_field("events", kind="cal", kinds="call", date=2025),
        lambda document: document["events"].append({"id": "empty"}),
        set_field("positions", party="Vladimir Putin", stance="agrees"),
        set_field("statements", id="A Statement"),
        add_party("unattributed"),
    ),
    "references": (
        set_field("events", citations=[{"source": "trump-putin-call-article", "paragraph": 99}]),
        set_field("proposals", event="trump-puttin-call"),
        set_field("positions", party="kyiv"),
        repeat("statements"),
        add_party("trump-putin-call-article"),
    ),
    "parts of each other, and additions": (
        add_parts("events", *EVENTS, EVENTS[0]),
        add_parts("proposals", *PROPOSALS, PROPOSALS[0]),
        add(
            {"party": "putin", "aliases": ["vladimir PUTIN", "Putin"], "identifiers": [{"scheme": "wikidata"}]},
            {"party": "kyiv"},
            {"party": "putin", "event": "trump-putin-call"},
            {"event": "february-trump-putin-conversation", "date": "2025-03", "date_basis": "stated"},
            {"event": "february-trump-putin-conversation", "date": "2025-02-30", "date_basis": "stated"},
            {"event": "february-trump-putin-conversation", "date": "2025-02-11", "date_basis": "stated"},
            {"event": "february-trump-putin-conversation", "date": "2025-02-12", "date_basis": "stated"},
        ),
    ),
    "pairs of records against a definition": (
        edit_record("proposals", PROPOSALS[0], relations=[{"proposal": PROPOSALS[1], "relation": "narrower_than"}]),
        edit_record("proposals", PROPOSALS[1], relations=[{"proposal": PROPOSALS[0], "relation": "variant_of"}]),
        edit_record("parties", "witkoff", principal="trump"),
    ),
    "both": (
        set_field("events", kind="cal", relations=[{"event": "trump-puttin-call", "relation": "folows"}]),
        set_field("positions", party="kyiv", title="A position"),
        repeat("statements"),
    ),
}
STORED_EDITS: dict[str, tuple[Edit, ...]] = {
    "other bundles": (
        set_field("statements", id="invented-refusal"),
        add_party("invented-article"),
        remove("parties", "putin"),
        set_field("sources", paragraphs=1, paragraph_sha256=["0" * 64]),
    ),
    "records that additions contradict": (
        edit_record("parties", "zelenskyy", aliases=["volodymyr"]),
        edit_record("events", "kyiv-signs-up-to-truce", date="2025-03-12"),
    ),
}


def yaml_file(document: Document, folder: Path) -> Path:
    path = folder / "bundle.yaml"
    path.write_text(to_yaml(document))
    return path


def stream_file(document: Document, folder: Path) -> Path:
    return write_stream(folder / "bundle.ndjson", stream_lines(document))


def report(work: Callable[[], object], document: Document) -> list[str]:
    """Return the errors that work reports; those of a stream get the pointer that they have in the document."""
    try:
        work()
    except InvalidBundles as refusal:
        if all(error.path.suffix == ".yaml" for error in refusal.errors):
            return sorted(str(error.error) for error in refusal.errors)
        return sorted(str(in_document(document, error.line, error.error)) for error in refusal.errors)
    return []


def in_document(document: Document, line: int, error: FieldError) -> FieldError:
    pointers = [
        json_pointer(plural, number) for plural, records in ordered(document).items() for number in range(len(records))
    ]
    return replace(error, pointer=pointers[line - 1] + error.pointer)


def ordered(document: Document) -> Document:
    plurals = dict.fromkeys(line["type"] for line in stream_lines(document))
    return {plural: document[plural] for plural in plurals}


def check_yaml(document: Document, database: Path, folder: Path) -> list[str]:
    return report(lambda: check([yaml_file(document, folder)], database), document)


def check_stream(document: Document, database: Path, folder: Path) -> list[str]:
    return report(lambda: check([stream_file(document, folder)], database), document)


def load_yaml(document: Document, database: Path, folder: Path) -> list[str]:
    return report(lambda: load([yaml_file(document, folder)], database), document)


def load_stream(document: Document, database: Path, folder: Path) -> list[str]:
    return report(lambda: load([stream_file(document, folder)], database), document)


def check_command(document: Document, database: Path, folder: Path) -> list[str]:
    path = yaml_file(document, folder)
    result = CliRunner().invoke(cli, ["check", str(path)], env={"READOUT_DATABASE": str(database)})
    assert result.exit_code == (1 if "Error: " in result.output else 0)
    return sorted(re.findall(rf"^(?:Error: )?{path}(?::\d+): (.*)$", result.stderr, re.MULTILINE))


def post_check(document: Document, database: Path, folder: Path) -> list[str]:
    """POST to a server of the database; without a database there is no server, but the same function."""
    if not database.exists():
        return sorted(map(str, validate_document(document, None)[1]))
    return problem_errors(client_of(database).post("/check", json=document))


def put_bundle(document: Document, database: Path, folder: Path) -> list[str]:
    """PUT to a server of the database; without a database there is no server, but the same function."""
    if not database.exists():
        return report(lambda: load_into_empty(document), document)
    tokens = folder / "tokens"
    tokens.touch(0o600)
    token = create_token(tokens, "A. Editor", SCOPES, datetime.now(UTC).date() + timedelta(days=1))
    headers = {"Authorization": f"Bearer {token}", "If-Match": "*"}
    path = f"/bundles/{document['sources'][0]['id']}"
    return problem_errors(client_of(database, tokens).put(path, json=document, headers=headers))


def load_into_empty(document: Document) -> None:
    empty = Database(memory=True)
    create_tables(empty)
    try:
        load_document(empty, document, ANONYMOUS)
    except InvalidBundles as refusal:
        raise InvalidBundles([replace(error, path=Path("bundle.yaml")) for error in refusal.errors]) from None


def problem_errors(response: TestResponse) -> list[str]:
    errors = response.get_json(force=True).get("errors", [])
    return sorted(
        str(
            FieldError(
                one["pointer"].removeprefix("#"), one["detail"], tuple(one["allowed"] or ()), one["did_you_mean"]
            )
        )
        for one in errors
    )


REPORTERS: dict[str, Reporter] = {
    "check of a stream": check_stream,
    "first load": load_yaml,
    "load of a stream": load_stream,
    "check command": check_command,
    "POST /check": post_check,
    "PUT of a bundle": put_bundle,
}


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("full")
    path = folder / "full.db"
    load([ARTICLE, SECOND, write_stream(folder / "adding.ndjson", stream_lines(ADDING))], path)
    return path


def edited(edits: tuple[Edit, ...]) -> Document:
    document = copy.deepcopy(read_document(ARTICLE))
    for edit in edits:
        edit(document)
    return document


@pytest.mark.parametrize(
    "edits",
    [
        pytest.param(edits, id=name, marks=pytest.mark.slow if name == "both" else ())  # what the others try apart
        for name, edits in EDITS.items()
    ],
)
def test_entry_points_agree_without_a_database(tmp_path: Path, edits: tuple[Edit, ...]) -> None:
    document = edited(edits)
    expected = check_yaml(document, tmp_path / "none.db", tmp_path)
    assert bool(expected) is bool(edits)
    for name, reporter in REPORTERS.items():
        (tmp_path / "none.db").unlink(missing_ok=True)
        assert reporter(document, tmp_path / "none.db", tmp_path) == expected, name


# What is tried without a database, too, is slow.
ON_FULL_DATABASE = [
    pytest.param(edits, id=name, marks=pytest.mark.slow if name in EDITS else ())
    for name, edits in (EDITS | STORED_EDITS).items()
]


@pytest.mark.parametrize("edits", ON_FULL_DATABASE)
def test_entry_points_agree_with_a_full_database(full: Path, tmp_path: Path, edits: tuple[Edit, ...]) -> None:
    document = edited(edits)
    expected = check_yaml(document, full, tmp_path)
    assert bool(expected) is bool(edits)
    before = full.read_bytes()
    for name, reporter in REPORTERS.items():
        assert reporter(document, full, tmp_path) == expected, name
    assert full.read_bytes() == before


@pytest.mark.parametrize(
    "reporter",
    [
        pytest.param(reporter, id=name, marks=[] if name == "first load" else pytest.mark.slow)
        for name, reporter in REPORTERS.items()
    ],
)
def test_each_record_is_validated_once(
    full: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reporter: Reporter
) -> None:
    validated: list[str] = []

    def count(plural: str, data: Document) -> tuple[Document, list[FieldError]]:
        validated.append(f"{plural}/{data['id']}")
        return validate_record(plural, data)

    monkeypatch.setattr("seed.validation.validate_record", count)
    document = edited(())
    for database in (tmp_path / "none.db", full):
        validated.clear()
        assert reporter(document, database, tmp_path) == []
        assert sorted(validated) == sorted(f"{line['type']}/{line['record']['id']}" for line in stream_lines(document))


SHARED = "'invented-article' is already the id of a {}. Accounts are ids of parties and of sources"


@pytest.mark.parametrize(("first", "last", "taken_by"), [(ARTICLE, SECOND, "party"), (SECOND, ARTICLE, "source")])
def test_party_and_source_of_one_load_share_no_id(tmp_path: Path, first: Path, last: Path, taken_by: str) -> None:
    """The error is at the later of the two."""
    documents = {ARTICLE: edited((add_party("invented-article"),)), SECOND: read_document(SECOND)}
    for path, document in documents.items():
        (tmp_path / path.name).write_text(to_yaml(document))
    paths = [tmp_path / path.name for path in (first, last)]
    with pytest.raises(InvalidBundles) as refusal:
        load(paths, tmp_path / "readout.db")
    (error,) = refusal.value.errors
    assert error.path == paths[1]
    assert SHARED.format(taken_by) in error.error.detail


def test_database_does_not_hide_errors(full: Path, tmp_path: Path) -> None:
    document = edited(EDITS["both"])
    assert check_yaml(document, full, tmp_path) == check_yaml(document, tmp_path / "none.db", tmp_path)


def test_alias_of_a_party_suggests_the_party(full: Path) -> None:
    """The name may be that of a party in the bundle, or in the database."""
    for document, database in ((edited((set_field("positions", party="kyiv"),)), None), (read_document(SECOND), full)):
        document["positions"][0]["party"] = "kyiv"
        document["positions"][0]["summary"] = "No."
        (error,) = validate(document, database)
        assert (error.pointer, error.did_you_mean) == ("/positions/0/party", "ukraine")


def validate(document: Document, database: Path | None) -> list[FieldError]:
    if database is None:
        return validate_document(document, None)[1]
    with closing(open_readonly(database)) as connection:
        return validate_document(document, connection)[1]


def test_record_left_out_is_reported_with_what_refers_to_it(full: Path) -> None:
    errors = validate(edited((remove("parties", "putin"),)), full)
    details = [error.detail for error in errors if error.pointer == "/sources/0"]
    assert details
    assert all(detail.startswith("Leaves out parties/putin, to which ") for detail in details)
    assert any("proposals/invented-pause of the bundle 'invented-article'" in detail for detail in details)


def test_parts_of_each_other_have_one_error_that_names_the_chain(tmp_path: Path) -> None:
    document = edited((add_parts("events", *EVENTS, EVENTS[0]),))
    (error,) = validate(document, None)
    ids = [event["id"] for event in document["events"]]
    place = min(range(3), key=lambda place: ids.index(EVENTS[place]))
    chain = [*EVENTS[place:], *EVENTS[:place], EVENTS[place]]
    assert error == FieldError(
        f"/events/{ids.index(chain[0])}/relations/0/event",
        f"Makes {chain[0]!r} part of itself: {' → '.join(chain)}. Remove `part_of` from one of them.",
    )


@pytest.mark.parametrize("reporter", REPORTERS.values(), ids=REPORTERS)
def test_issues_that_are_parts_of_each_other_are_rejected(tmp_path: Path, reporter: Reporter) -> None:
    document = edited((add_parts("issues", "energy-strikes", "black-sea", "energy-strikes"),))
    (error,) = reporter(document, tmp_path / "empty.db", tmp_path)
    assert "part of itself: energy-strikes → black-sea → energy-strikes" in error


@pytest.fixture(scope="module")
def with_part(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a database in which a proposal of the second bundle is part of one of the first."""
    folder = tmp_path_factory.mktemp("part")
    second = read_document(SECOND)
    second["proposals"][0]["relations"] = [{"proposal": PROPOSALS[0], "relation": "part_of"}]
    load([ARTICLE, yaml_file(second, folder)], folder / "full.db")
    return folder / "full.db"


@pytest.mark.parametrize("reporter", REPORTERS.values(), ids=REPORTERS)
def test_parts_of_each_other_across_bundles_are_rejected(with_part: Path, tmp_path: Path, reporter: Reporter) -> None:
    """The database has a part that refers to the bundle, which makes the whole a part of it."""
    database = Path(shutil.copy(with_part, tmp_path / "full.db"))
    document = edited((add_parts("proposals", *PROPOSALS),))
    assert reporter(document, database, tmp_path) == []
    by_id = {record["id"]: record for record in document["proposals"]}
    by_id[PROPOSALS[1]]["relations"] = [{"proposal": "invented-pause", "relation": "part_of"}]
    (error,) = reporter(document, database, tmp_path)
    assert "part of itself: " in error
    assert "invented-pause" in error


def test_database_without_the_replaced_part_has_no_cycle(tmp_path: Path) -> None:
    """What the input replaces is no longer a part."""
    document = edited((add_parts("proposals", *PROPOSALS),))
    load([yaml_file(document, tmp_path)], tmp_path / "full.db")
    document = edited((add_parts("proposals", *reversed(PROPOSALS)),))
    next(one for one in document["proposals"] if one["id"] == PROPOSALS[0])["relations"] = []
    assert check_yaml(document, tmp_path / "full.db", tmp_path) == []
    assert load_stream(document, tmp_path / "full.db", tmp_path) == []


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    """Return a database with two proposals and an envoy in a later bundle."""
    later = bundle(
        "later",
        proposals=[
            {"id": "exact", "relations": [{"proposal": "truce", "relation": "narrower_than"}]},
            {"id": "vague", "relations": [{"proposal": "truce", "relation": "variant_of"}]},
        ],
        parties=[{"id": "envoy", "name": "Envoy", "principal": "kremlin", "principal_basis": "stated"}],
    )
    first = base("truce")
    del first["parties"][2]["principal"], first["parties"][2]["principal_basis"]
    load_bundles(tmp_path / "pairs.db", first, later)
    return tmp_path / "pairs.db"


ULTIMATELY = "the principal is the state or body for which a party ultimately acts"


@pytest.mark.parametrize("reporter", REPORTERS.values(), ids=REPORTERS)
def test_other_bundle_decides_what_a_pair_may_be(pairs: Path, tmp_path: Path, reporter: Reporter) -> None:
    """The later bundle relates its proposals to one of the first, and has a party that acts for the Kremlin."""
    document = base("truce")
    document["proposals"][0]["relations"] = [
        {"proposal": "exact", "relation": "variant_of"},
        {"proposal": "vague", "relation": "narrower_than"},
    ]
    never_both = "Two proposals are `narrower_than` if they cannot be the same thing, and `variant_of` otherwise"
    office, exact, vague = reporter(document, pairs, tmp_path)
    assert office.startswith("/parties/2/principal: Must be null, because 'envoy' of the bundle 'later' acts for")
    assert ULTIMATELY in office
    assert exact.startswith(f"/proposals/0/relations/0/relation: 'exact' is `narrower_than` 'truce'. {never_both}")
    assert vague.startswith(f"/proposals/0/relations/1/relation: 'vague' is `variant_of` 'truce'. {never_both}")


@pytest.mark.parametrize("reporter", REPORTERS.values(), ids=REPORTERS)
def test_every_absent_record_that_others_refer_to_is_reported(tmp_path: Path, reporter: Reporter) -> None:
    """More records than are looked up at once."""
    path, last = tmp_path / "many.db", BATCH_SIZE
    parties = [{"id": f"party-{number:03}", "name": f"Party {number}"} for number in range(last + 1)]
    third = bundle(
        "third", parties=[{"id": "envoy", "name": "Envoy", "principal": f"party-{last}", "principal_basis": "stated"}]
    )
    load_bundles(path, base("truce"), bundle("second", parties=parties), third)
    (error,) = reporter(bundle("second", parties=parties[:last]), path, tmp_path)
    assert f"parties/party-{last}" in error
    assert "third" in error


@pytest.mark.parametrize("reporter", REPORTERS.values(), ids=REPORTERS)
def test_record_cites_the_source_of_its_bundle(tmp_path: Path, reporter: Reporter) -> None:
    """It may cite others, too. Of malformed citations that alone is reported."""
    path, own, other = tmp_path / "own.db", {"source": "second", "paragraph": 1}, {"source": "article", "paragraph": 1}
    load_bundles(path, base("truce"), bundle("second"))
    questions = [{"id": f"q-{place}", "citations": cited} for place, cited in enumerate(([other], [other, own], [own]))]
    (error,) = reporter(bundle("second", questions=questions), path, tmp_path)
    assert error.startswith("/questions/0/citations: None cites 'second', the source of the bundle")


def with_identifier(id: str, identifier: str = "Q42") -> dict[str, Any]:
    return {"id": id, "name": id.title(), "identifiers": [{"scheme": "wikidata", "identifier": identifier}]}


@pytest.mark.parametrize("reporter", REPORTERS.values(), ids=REPORTERS)
def test_identifier_in_a_register_is_of_one_party(tmp_path: Path, reporter: Reporter) -> None:
    """Stored are a party with an identifier, and another one to which an addition gives one."""
    path, added = tmp_path / "own.db", with_identifier("putin", "Q43")["identifiers"]
    addition = {"id": "adds", "party": "putin", "identifiers": added}
    second = bundle("second", parties=[with_identifier("envoy")], additions=[addition])
    load_bundles(path, base("truce"), second, bundle("third"))
    document = bundle(
        "third",
        parties=[with_identifier("legate"), with_identifier("consul", "Q43"), with_identifier("other", "Q44")],
        additions=[{"id": "again", "party": "trump", "identifiers": with_identifier("trump", "Q44")["identifiers"]}],
    )
    errors = reporter(document, path, tmp_path)
    assert [error.partition(" If they")[0] for error in errors] == [
        "/additions/0/identifiers/0/identifier: Q44 in wikidata is 'other' already.",
        "/parties/0/identifiers/0/identifier: Q42 in wikidata is 'envoy' already.",
        "/parties/1/identifiers/0/identifier: Q43 in wikidata is 'putin' already.",
    ]


def test_bundle_may_give_an_identifier_to_another_of_its_parties(tmp_path: Path) -> None:
    path = tmp_path / "own.db"
    for id in ("envoy", "legate"):
        load_bundles(path, base("truce"), bundle("second", parties=[with_identifier(id)]))
    client = client_of(path)
    assert [party["id"] for party in client.get("/parties?identifier=Q42").get_json()["data"]] == ["legate"]


def test_principal_that_acts_for_another_suggests_that(full: Path) -> None:
    parties = read_document(ARTICLE)["parties"]
    place = next(place for place, party in enumerate(parties) if party["id"] == "witkoff")
    (error,) = validate(edited((edit_record("parties", "witkoff", principal="trump"),)), full)
    assert (error.pointer, error.did_you_mean) == (f"/parties/{place}/principal", "united-states")
    assert error.detail.startswith("'trump' itself acts for 'united-states'. The principal is the state or body")


def test_parties_that_act_for_each_other_have_no_suggestion(full: Path) -> None:
    basis = {"principal_basis": "stated"}
    document = edited(
        (
            edit_record("parties", "russia", principal="united-states", **basis),
            edit_record("parties", "united-states", principal="russia", **basis),
        )
    )
    ids = [party["id"] for party in document["parties"]]
    suggestions = {ids[int(error.pointer.split("/")[2])]: error.did_you_mean for error in validate(document, full)}
    assert {suggestions["russia"], suggestions["united-states"]} == {None}
    assert suggestions["putin"] == "united-states"


def test_long_chain_is_shortened(full: Path) -> None:
    ids = [f"proposal-{number}" for number in range(500)]
    document = read_document(SECOND)
    model = document["proposals"][0]
    document["proposals"] += [
        {**model, "id": id, "relations": [{"proposal": whole, "relation": "part_of"}]}
        for id, whole in pairwise([*ids, ids[0]])
    ]
    errors = [error for error in validate(document, full) if "part of itself" in error.detail]
    assert len(errors) == 1
    assert "proposal-9 → … (490 more) → proposal-0." in errors[0].detail


def test_malformed_id_is_no_candidate_and_no_reference(full: Path) -> None:
    """An id is compared with others only after its form was checked; long ones would cost minutes."""
    document = read_document(SECOND)
    document["events"][0]["id"] = "ab" * 95
    document["positions"][0]["proposal"] = "ab" * 94
    assert {error.did_you_mean for error in validate(document, full)} == {None}


def test_validation_stops_after_the_maximum_of_errors(tmp_path: Path) -> None:
    document = read_document(SECOND) | {"events": [{}] * MAX_ERRORS}
    with pytest.raises(InvalidBundles) as refusal:
        check([stream_file(document, tmp_path)], tmp_path / "none.db")
    assert len(refusal.value.errors) == MAX_ERRORS
    assert str(refusal.value).endswith(f"There are more than {MAX_ERRORS} errors; the others are not shown.")


def test_load_stores_what_check_accepts(full: Path, tmp_path: Path) -> None:
    assert check_yaml(read_document(ARTICLE), full, tmp_path) == []
    assert load([ARTICLE, SECOND], full).changes == {}
    assert select(full, "select max(revision) from revisions") == [(1,)]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["sources", "parties", "id", "citations", "source", "paragraph", "date"]), inner
        )
    ),
    max_leaves=15,
)


@given(JSON)
def test_no_document_breaks_the_validation(document: object) -> None:
    records, errors = validate_document(document, None)
    assert records or errors


@pytest.mark.parametrize(
    "document", [None, [], "text", 1, {}, {"sources": None}, {"sources": [None]}, {"sources": [1, {}]}]
)
def test_document_that_is_no_bundle_is_rejected(document: object) -> None:
    records, errors = validate_document(document, None)
    assert records == []
    assert errors
