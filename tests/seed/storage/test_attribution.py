"""Attribution: the accounts of a record, on every list, updated by later loads."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from schemas import RECORDS
from schemas.record import Accounted, Cited
from tests.support.lists import ids
from tests.support.small_bundles import PARTIES, Document, base, bundle, load_bundles, on_account

Fetch = Callable[..., Any]
SOURCE = "trump-putin-call-article"
ATTRIBUTED = [plural for plural, record in RECORDS.items() if issubclass(record, Cited)]
ACCOUNTED = [plural for plural in ATTRIBUTED if issubclass(RECORDS[plural], Accounted)]
"""The types whose records have a voice; the others are in the editors' words."""
LISTS = [*ATTRIBUTED, "timeline"]
UNATTRIBUTED = {"voice": "unattributed"}
QUOTED = {"form": "quotation", "quote": "we agree"}
BOTH = on_account("kremlin", "white-house")
US_AND_RUSSIA = ["united-states", "russia"]
READOUT = {"kind": "readout", "issued_by": ["kremlin"]}
JOINT = {"kind": "joint_statement", "issued_by": US_AND_RUSSIA}
NEWS = {"publisher": "The Daily"}


STATEMENTS: list[dict[str, Any]] = [
    {"id": "by-putin"},
    {"id": "by-trump", "speakers": ["trump"]},
    {"id": "by-both", "speakers": ["putin", "trump"]},
    {"id": "by-putin-as-reported", **on_account("kremlin")},
    {"id": "of-putin", **UNATTRIBUTED},
]
"""Evidence for positions."""


def own_record(plural: str, record: dict[str, Any], own: str) -> dict[str, Any]:
    return {"id": own, **({"name": own} if plural == "parties" else {}), **record}


TARGET = {"additions": {"party": "putin"}}
"""What a record of a type needs besides what all need."""
INFERRED = {"explicit": False, "inference": "that they mean it"}
CASES: list[tuple[str, dict[str, Any], dict[str, Any], list[str], str]] = [
    *(
        (plural, {}, source, accounts, attribution)
        for plural in ACCOUNTED
        if plural != "statements"
        for source, accounts, attribution in (
            ({}, ["text"], "the article"),
            (NEWS, ["text"], "The Daily"),
            (READOUT, ["kremlin"], "Kremlin"),
            (JOINT, US_AND_RUSSIA, "United States and Russia"),
        )
    ),
    *(
        (plural, TARGET.get(plural, {}), source, accounts, f"the editors, from {attribution}")
        for plural in ATTRIBUTED
        if plural not in ACCOUNTED
        for source, accounts, attribution in (
            ({}, ["text"], "the article"),
            (NEWS, ["text"], "The Daily"),
            (READOUT, ["kremlin"], "a text by the Kremlin"),
            (JOINT, US_AND_RUSSIA, "a text by United States and Russia"),
        )
    ),
    *(
        (plural, record, source, accounts, attribution)
        for plural in ("events", "proposals", "positions")
        for record, source, accounts, attribution in (
            (on_account("kremlin"), {}, ["kremlin"], "Kremlin"),
            (on_account("kremlin"), JOINT, ["kremlin"], "Kremlin"),
            (BOTH, {}, ["kremlin", "white-house"], "Kremlin and White House"),
            (on_account("witkoff", "kremlin", "putin"), {}, ["witkoff", "kremlin", "putin"], "Witkoff, Kremlin, Putin"),
            (UNATTRIBUTED, {}, ["unattributed"], "not attributed"),
            (UNATTRIBUTED, READOUT, ["unattributed"], "not attributed"),
        )
    ),
    ("positions", {**INFERRED}, {}, ["text"], "the article (inferred)"),
    ("positions", {**INFERRED, **BOTH}, {}, ["kremlin", "white-house"], "Kremlin and White House (inferred)"),
    ("positions", {**INFERRED, **UNATTRIBUTED}, {}, ["unattributed"], "not attributed (inferred)"),
    ("positions", {"statements": ["by-putin"]}, {}, ["putin"], "Putin"),
    ("positions", {"statements": ["by-putin"], **INFERRED}, {}, ["putin"], "Putin (inferred)"),
    ("positions", {"statements": ["by-putin"], **on_account("kremlin")}, {}, ["kremlin"], "Kremlin"),
    ("positions", {"statements": ["by-putin"]}, READOUT, ["kremlin"], "Kremlin"),
    ("positions", {"statements": ["by-trump"]}, {}, ["text"], "the article"),
    ("positions", {"statements": ["by-both"]}, {}, ["text"], "the article"),
    ("positions", {"statements": ["by-putin", "by-trump"]}, {}, ["text"], "the article"),
    ("positions", {"statements": ["by-putin", "by-putin-as-reported"]}, {}, ["text"], "the article"),
    ("positions", {"statements": ["by-putin", "of-putin"]}, {}, ["text"],
     "the article; account of the words not stated"),
    ("statements", {}, {}, ["putin"], "Putin"),
    ("statements", {"speakers": ["trump", "putin"]}, {}, ["trump", "putin"], "Trump and Putin"),
    ("statements", {"speakers": ["trump", "putin", "witkoff"]}, NEWS, ["trump", "putin", "witkoff"],
     "Trump, Putin, Witkoff"),
    ("statements", on_account("kremlin"), {}, ["kremlin"], "Putin, according to the Kremlin"),
    ("statements", on_account("trump"), {}, ["trump"], "Putin, according to Trump"),
    ("statements", {"speakers": ["kremlin"], **on_account("kremlin")}, {}, ["kremlin"], "Kremlin"),
    ("statements", BOTH, {}, ["kremlin", "white-house"], "Putin, according to the Kremlin and the White House"),
    ("statements", UNATTRIBUTED, {}, ["unattributed"],
     "Putin, reported by the article; account not stated"),
    ("statements", {**QUOTED, **UNATTRIBUTED}, NEWS, ["unattributed"],
     "Putin, quoted by The Daily; account not stated"),
    ("statements", UNATTRIBUTED, READOUT, ["unattributed"], "Putin, reported by the Kremlin; account not stated"),
    ("statements", {"speakers": ["kremlin"]}, READOUT, ["kremlin"], "Kremlin"),
    ("statements", {}, READOUT, ["kremlin"], "Putin, according to the Kremlin"),
    ("statements", {"speakers": US_AND_RUSSIA}, JOINT, US_AND_RUSSIA, "United States and Russia"),
    ("statements", {"speakers": ["russia"]}, JOINT, US_AND_RUSSIA, "Russia, according to United States and Russia"),
]  # fmt: skip
SOURCES_OF_CASES: list[dict[str, Any]] = [{}, NEWS, READOUT, JOINT]


@pytest.mark.parametrize("source", SOURCES_OF_CASES, ids=str)
def test_account_follows_voice_and_source(tmp_path: Path, source: dict[str, Any]) -> None:
    """All cases of one source are one bundle, since a load of each would take longer than the rest of this file."""
    cases = [(f"own-{place}", *case) for place, case in enumerate(CASES) if case[2] == source]
    records: dict[str, list[dict[str, Any]]] = {"statements": list(STATEMENTS)}
    for own, plural, record, *_ in cases:
        records.setdefault(plural, []).append(own_record(plural, record, own))
    client = load_bundles(tmp_path / "readout.db", base("truce"), bundle("text", source, **records))
    for own, plural, record, _, accounts, attribution in cases:
        served = client.get(f"/{plural}/{own}").get_json()
        assert (served["accounts"], served["attribution"]) == (accounts, attribution), (plural, record)
        assert ids(client.get(f"/{plural}?account={accounts[-1]}&id={own}").get_json()) == [own], (plural, record)


def test_cases_have_every_type_and_voice() -> None:
    assert all(source in SOURCES_OF_CASES for _, _, source, *_ in CASES)
    voices = {(plural, record.get("voice", "source")) for plural, record, *_ in CASES}
    assert voices == {
        *((plural, "source") for plural in ATTRIBUTED),
        *((plural, voice) for plural in ACCOUNTED for voice in ("party", "unattributed")),
    }


def test_agreement_by_inferred_positions_has_an_inferred_stage(tmp_path: Path) -> None:
    """One stated acceptance on the account of the proposal states the stage; a later load may change it."""
    truce = {"id": "truce", "stage": "agreed", **on_account("witkoff")}
    inferred = {"id": "inferred", **INFERRED, **on_account("witkoff")}
    others = [{"id": "other", **on_account("kremlin")}, {"id": "own", "stance": "welcomes", **on_account("witkoff")}]
    path = tmp_path / "readout.db"
    documents = [base(proposals=[truce]), bundle("text", positions=[inferred, *others])]
    stated = bundle("later", positions=[{"id": "stated", **on_account("witkoff")}])

    def attribution(*more: Document) -> str:
        return str(load_bundles(path, *documents, *more).get("/proposals/truce").get_json()["attribution"])

    assert attribution() == "Witkoff; stage inferred"
    assert attribution(stated) == "Witkoff"
    assert attribution(bundle("later", positions=[])) == "Witkoff; stage inferred"


@pytest.mark.parametrize("plural", LISTS)
def test_every_row_is_attributed(fetch: Fetch, plural: str) -> None:
    rows = fetch(f"/{plural}?limit=500")["data"]
    assert rows or plural == "additions", "only a second source can add"
    for record in rows:
        assert record["accounts"], record["id"]
        assert record["attribution"].strip(), record["id"]
        assert all(each["attribution"].strip() for each in record.get("records", [])), record["id"]


def accounts_under(record: dict[str, Any]) -> list[str]:
    """Return the accounts of the records under an entry of the timeline."""
    return [account for nested in record.get("records", []) for account in nested["accounts"]]


@pytest.mark.parametrize("plural", LISTS)
def test_account_filters_every_list(fetch: Fetch, plural: str) -> None:
    every = fetch(f"/{plural}?limit=500")["data"]
    given = [{*record["accounts"], *accounts_under(record)} for record in every]
    for account in {"kremlin", SOURCE}.union(*given):
        matching = fetch(f"/{plural}?account={account}&limit=500")["data"]
        assert matching == [record for record, own in zip(every, given, strict=True) if account in own], account
    assert fetch(f"/{plural}?account=kremlin,{SOURCE}&limit=500")["data"] == [
        record for record in every if {"kremlin", SOURCE} & set(record["accounts"])
    ]


@pytest.mark.parametrize(
    ("path", "accounts", "attribution"),
    [
        ("/events/putin-energy-order", [SOURCE], "the article"),
        ("/events/criticism-of-trump", ["unattributed"], "not attributed"),
        ("/proposals/energy-infrastructure-ceasefire", ["white-house", "witkoff"], "White House and Steve Witkoff"),
        ("/positions/putin-welcomes-energy-halt", ["kremlin"], "Kremlin"),
        ("/positions/trump-floats-division", ["trump"], "Donald Trump"),
        ("/positions/russia-accepts-black-sea-moratorium", ["witkoff"], "Steve Witkoff (inferred)"),
        ("/statements/putin-initial-reasons", ["kremlin"], "Vladimir Putin, according to the Kremlin"),
    ],
)
def test_attribution_in_the_article(fetch: Fetch, path: str, accounts: list[str], attribution: str) -> None:
    record = fetch(path)
    assert (record["accounts"], record["attribution"]) == (accounts, attribution)


@pytest.mark.parametrize(
    ("on_behalf_of", "principals"),
    [(None, ["russia"]), ([], ["putin"]), (["kremlin", "russia"], ["kremlin", "russia"])],
)
def test_principals_of_a_position(tmp_path: Path, on_behalf_of: list[str] | None, principals: list[str]) -> None:
    positions: list[dict[str, Any]] = [
        {"id": "own", "on_behalf_of": on_behalf_of},
        {"id": "of-the-state", "party": "russia"},
    ]
    client = load_bundles(tmp_path / "readout.db", base("truce", positions=positions))
    assert client.get("/positions/own").get_json()["principals"] == principals
    assert client.get("/positions/of-the-state").get_json()["principals"] == ["russia"]
    for principal in principals:
        assert "own" in ids(client.get(f"/positions?principal={principal}").get_json())
    assert ids(client.get("/positions?principal=trump").get_json()) == []


def test_new_principal_of_a_party_changes_its_positions(tmp_path: Path) -> None:
    for principal in ("russia", "united-states"):
        parties = [party | ({"principal": principal} if party["id"] == "putin" else {}) for party in PARTIES]
        document = base("truce", parties=parties, positions=[{"id": "own"}])
        client = load_bundles(tmp_path / "readout.db", document)
        assert client.get("/positions/own").get_json()["principals"] == [principal]
        assert ids(client.get(f"/positions?principal={principal}").get_json()) == ["own"]


def attributions(client: FlaskClient) -> dict[str, str]:
    """Return the attribution of every record with an account, by type and id; in the timeline, of those at an event."""
    lists = {plural: client.get(f"/{plural}?limit=500").get_json()["data"] for plural in LISTS}
    return {
        **{f"{plural}/{record['id']}": record["attribution"] for plural, rows in lists.items() for record in rows},
        **{
            f"{entry['id']}: {record['record']}": record["attribution"]
            for entry in lists["timeline"]
            for record in entry["records"]
        },
    }


EVERY: dict[str, list[dict[str, Any]]] = {
    "events": [{"id": "meeting", **on_account("kremlin")}],
    "positions": [
        {"id": "reported", **on_account("kremlin")},
        {"id": "shown", "statements": ["said"]},
        {"id": "plain", "party": "trump"},
    ],
    "statements": [
        {"id": "said"},
        {"id": "restated", **on_account("kremlin")},
        {"id": "there", "event": "meeting", **on_account("kremlin")},
    ],
}
REPORTING = bundle("text", READOUT, statements=[{"id": "quoted", "speakers": ["trump"], **UNATTRIBUTED}])
SHOWN_LATER = bundle("later", positions=[{"id": "shown", "statements": ["said"]}])


def renamed(id: str, name: str) -> Document:
    """Return the bundle of all records after a party has been renamed."""
    parties = [party | ({"name": name} if party["id"] == id else {}) for party in PARTIES]
    return base("truce", parties=parties, **EVERY)


CHANGES: dict[str, tuple[list[Document], list[Document], dict[str, str]]] = {
    "an account gets another name": (
        [base("truce", **EVERY)],
        [renamed("kremlin", "Russian presidency")],
        {
            "events/meeting": "Russian presidency",
            "positions/reported": "Russian presidency",
            "positions/shown": "Putin",
            "statements/restated": "Putin, according to the Russian presidency",
            "timeline/events/meeting": "Russian presidency",
            "timeline/positions/reported": "Russian presidency",
            "timeline/statements/restated": "Putin, according to the Russian presidency",
            "events/meeting: there": "Putin, according to the Russian presidency",
        },
    ),
    "an office gets a name with an article": (
        [base("truce", **EVERY)],
        [renamed("kremlin", "The Kremlin")],
        {"statements/restated": "Putin, according to The Kremlin"},
    ),
    "a speaker gets another name": (
        [base("truce", **EVERY)],
        [renamed("putin", "Vladimir Putin")],
        {
            "positions/shown": "Vladimir Putin",
            "positions/reported": "Kremlin",
            "statements/said": "Vladimir Putin",
            "statements/restated": "Vladimir Putin, according to the Kremlin",
            "events/meeting: there": "Vladimir Putin, according to the Kremlin",
        },
    ),
    "an issuer gets another name": (
        [base("truce", **EVERY), REPORTING],
        [renamed("kremlin", "Russian presidency")],
        {"statements/quoted": "Trump, reported by the Russian presidency; account not stated"},
    ),
    "an issuer turns out to be no office": (
        [base("truce"), REPORTING],
        [base("truce", parties=[party | ({"kind": "state"} if party["id"] == "kremlin" else {}) for party in PARTIES])],
        {"statements/quoted": "Trump, reported by Kremlin; account not stated"},
    ),
    "the article gets a publisher": (
        [base("truce"), bundle("text", **EVERY)],
        [bundle("text", NEWS, **EVERY)],
        {"positions/plain": "The Daily", "positions/shown": "Putin"}
        | {"parties/putin": "the editors, from the article"},
    ),
    "the text turns out to be a party's own": (
        [base("truce"), bundle("text", **EVERY)],
        [bundle("text", READOUT, **EVERY)],
        {
            "positions/plain": "Kremlin",
            "positions/shown": "Kremlin",
            "statements/said": "Putin, according to the Kremlin",
        },
    ),
    "the text of the evidence turns out to be a party's own": (
        [base("truce"), bundle("text", statements=[{"id": "said"}]), SHOWN_LATER],
        [bundle("text", READOUT, statements=[{"id": "said"}])],
        {"positions/shown": "the article", "timeline/positions/shown": "the article"},
    ),
    "an account is now given for the evidence": (
        [base("truce"), bundle("text", statements=[{"id": "said"}]), SHOWN_LATER],
        [bundle("text", statements=[{"id": "said", **on_account("kremlin")}])],
        {"positions/shown": "the article", "timeline/positions/shown": "the article"},
    ),
    "the evidence turns out to be the party's own words": (
        [base("truce"), bundle("text", statements=[{"id": "said", "speakers": ["trump"]}]), SHOWN_LATER],
        [bundle("text", statements=[{"id": "said"}])],
        {"positions/shown": "Putin", "timeline/positions/shown": "Putin"},
    ),
}


@pytest.mark.parametrize(("before", "after", "expected"), CHANGES.values(), ids=CHANGES)
def test_later_load_changes_attributions(
    tmp_path: Path, before: list[Document], after: list[Document], expected: dict[str, str]
) -> None:
    """What depends on the change is derived again, so that the result is that of a new database."""
    path = tmp_path / "readout.db"
    first = attributions(load_bundles(path, *before))
    changed = attributions(load_bundles(path, *after))
    assert {id: changed[id] for id in expected} == expected
    assert any(first[id] != changed[id] for id in expected)
    replaced = {document["sources"][0]["id"] for document in after}
    kept = [document for document in before if document["sources"][0]["id"] not in replaced]
    ordered = sorted(
        [*kept, *after], key=lambda document: ["article", "text", "later"].index(document["sources"][0]["id"])
    )
    assert changed == attributions(load_bundles(tmp_path / "new.db", *ordered))
