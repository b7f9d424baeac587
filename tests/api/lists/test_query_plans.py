"""The number of SQL statements of a response is fixed, and SQLite answers each of them from an index.

Statements are counted when totals and facets are already cached.
"""

import re
import sqlite3
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlite_utils import Database

from api import create_app
from api.lists import list_query
from api.lists.filters import filters, is_selective
from schemas import RECORDS
from schemas.filters import AnyOf, Filter
from schemas.record import Record
from schemas.timeline import Timeline
from seed.storage.connection_pool import ConnectionPool
from seed.storage.mapping import sortable
from seed.storage.references import RecordRef
from seed.storage.referrers import read_bundle, read_referrers
from seed.storage.sqlite_file import open_readonly
from tests.support.lists import Records, query_text
from tests.support.small_bundles import PARTIES, Document, base, load_bundles, on_account
from tests.support.statements import trace

LISTS: dict[str, type[Record]] = {**RECORDS, "timeline": Timeline}
ACTORS = ("party", "proposed_by", "speaker")
"""The filters by a party in a list of actors."""


def selects(statements: list[str]) -> list[str]:
    return [statement for statement in statements if statement.lstrip().startswith(("select", "with"))]


@pytest.mark.parametrize(
    ("path", "count"),
    [
        ("/events/trump-putin-call", 2),
        ("/events?limit=1", 2),
        ("/events?limit=500", 3),
        ("/events?party=putin&kind=call&limit=500", 4),
        ("/proposals?include=positions&limit=1", 3),
        ("/proposals?include=positions&limit=500", 4),
        ("/proposals?include=positions,statements,proposed_by&limit=500", 6),
        ("/events?facet=kind,party&limit=500", 3),
        ("/timeline?limit=500", 3),
        ("/events?q=energy&account=kremlin&limit=500", 3),
        ("/search?q=energy&limit=1", 9),
        ("/search?q=energy&account=kremlin&limit=100", 8),
        ("/matrix", 15),
        ("/matrix?as_of=2030", 17),
        ("/matrix?rows=proposal&level=party", 10),
        ("/events/trump-putin-call/accounts", 27),
        ("/issues/energy-strikes/accounts", 17),
        ("/compare?accounts=kremlin,white-house", 20),
        ("/compare?accounts=kremlin,white-house&issue=sport", 21),
        ("/issues/energy-strikes/standing", 20),
        ("/proposals/peace-settlement/standing", 22),
    ],
)
def test_statement_count_is_fixed(
    client: FlaskClient, app: Flask, database: Path, monkeypatch: pytest.MonkeyPatch, path: str, count: int
) -> None:
    client.get(path)
    monkeypatch.setitem(app.extensions, "connection_pool", ConnectionPool(database, timeout_seconds=10))
    with trace(monkeypatch) as statements:
        assert client.get(path).status_code == 200
    assert len(selects(statements)) == count, "\n".join(statements)


VIEWS = (
    "/matrix",
    "/matrix?rows=proposal&level=party",
    "/matrix?as_of=2030",
    "/matrix.csv?layout=long",
    "/matrix.txt",
    "/issues/matter/accounts",
    "/issues/matter/accounts.txt?as_of=2025-03-18",
    "/events/meeting/accounts",
    "/compare?accounts=kremlin,white-house",
    "/compare?accounts=kremlin,white-house,putin,article&issue=matter",
    "/issues/matter/standing",
    "/issues/matter/standing.csv?as_of=2030",
    "/proposals/truce/standing",
)


def many(number: int) -> Document:
    """Return a bundle with that many records of each kind that views put together."""
    places = range(number)
    issues: Records = [{"id": f"part-{place}", "part_of": "matter"} for place in places]
    terms = [
        {"id": f"term-{place}", "issues": [f"part-{place}"], "event": "meeting"}
        | {"relations": [{"proposal": "truce", "relation": "condition_for"}]}
        for place in places
    ]
    variants = [
        {"id": f"variant-{place}", "issues": ["matter", f"part-{place}"]}
        | {"relations": [{"proposal": "truce", "relation": "variant_of"}]}
        for place in places
    ]
    people: Records = [{"id": f"person-{place}", "name": f"Person {place}"} for place in places]
    talks = [
        {"id": f"talks-{place}", "status": "planned", "proposals": [{"proposal": "truce", "relation": "discusses"}]}
        for place in places
    ]
    by_account = {
        account: [
            {"party": f"person-{place}", "issues": [f"part-{place}"], "event": "meeting", **on_account(account)}
            for place in places
        ]
        for account in ("kremlin", "white-house")
    }
    statements = [
        {"id": f"{account}-{place}", **{name: value for name, value in fields.items() if name != "party"}}
        | {"contrasts_with": [{"statement": f"kremlin-{place}", "note": "N"}] if account != "kremlin" else []}
        for account, some in by_account.items()
        for place, fields in enumerate(some)
    ]
    positions = [
        {"id": f"{account}-{place}", **{name: value for name, value in fields.items() if name != "issues"}}
        | {"proposal": f"variant-{place}", "stance": "sets_conditions", "conditions": [f"term-{place}"]}
        for account, some in by_account.items()
        for place, fields in enumerate(some)
    ]
    return base(
        parties=[*PARTIES, *people],
        issues=[{"id": "matter"}, *issues],
        events=[{"id": "meeting"}, *talks],
        proposals=[{"id": "truce"}, *variants, *terms],
        positions=positions,
        statements=statements,
        questions=[{"id": f"question-{place}", "issues": ["matter", f"part-{place}"]} for place in places],
    )


@pytest.mark.slow
def test_statements_of_views_do_not_grow_with_the_records(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    counts = {}
    for number in (1, 12):
        path = tmp_path / f"{number}.db"
        load_bundles(path, many(number))
        for view in VIEWS:
            create_app(database=str(path)).test_client().get(view)
            with trace(monkeypatch) as statements:
                assert create_app(database=str(path)).test_client().get(view).status_code == 200
            counts[view, number] = len(selects(statements))
    assert {view: counts[view, 12] for view in VIEWS} == {view: counts[view, 1] for view in VIEWS}
    assert all(counts.values())


def test_labels_need_one_statement_per_type_and_batch(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    client = create_app(database=str(own)).test_client()
    with trace(monkeypatch) as statements:
        client.get("/positions.csv", buffered=True)
    types = [statement.split()[5] for statement in statements if " label from " in statement]
    assert len(types) == len(set(types)) == 5


def query_plan(statement: str, file: sqlite3.Connection) -> list[str]:
    return [row[3] for row in file.execute(f"explain query plan {statement}")]


def is_unknown_id(field: Filter, example: str, file: sqlite3.Connection) -> bool:
    """Return whether the example is an id that no record has, as of a type without records."""
    if not isinstance(field, AnyOf) or field.to is None:
        return False
    return file.execute(f'select 1 from "{field.to}" where id = ?', [example]).fetchone() is None


def examples(record: type[Record], file: sqlite3.Connection) -> dict[str, str]:
    """Return the example of each filter, except of ids that no record has."""
    texts = {name: query_text(field.metadata["example"]) for name, field in filters(record).items()}
    return {name: text for name, text in texts.items() if not is_unknown_id(filters(record)[name], text, file)}


@pytest.mark.parametrize("plural", LISTS)
def test_filters_use_an_index(database: Path, monkeypatch: pytest.MonkeyPatch, plural: str) -> None:
    record, client = LISTS[plural], create_app(database=str(database)).test_client()
    with closing(open_readonly(database)) as file, trace(monkeypatch) as statements:
        for name, example in examples(record, file).items():
            if not is_selective(name):
                continue
            statements.clear()
            assert client.get(f"/{plural}", query_string={name: example, "limit": 7}).status_code == 200
            assert selects(statements), name
            for statement in selects(statements):
                steps = query_plan(statement, file)
                assert not [step for step in steps if re.match(r"SCAN (r|link)\b", step)], (name, statement, steps)


@pytest.mark.parametrize("plural", LISTS)
def test_opposites_of_filters_read_the_items_of_each_record(
    database: Path, monkeypatch: pytest.MonkeyPatch, plural: str
) -> None:
    """Reading all items with a frequent value for each record would take minutes."""
    record, client = LISTS[plural], create_app(database=str(database)).test_client()
    with closing(open_readonly(database)) as file, trace(monkeypatch) as statements:
        for name, example in examples(record, file).items():
            if name.endswith("__not"):
                client.get(f"/{plural}", query_string={name: example, "limit": 7})
        steps = [step for statement in selects(statements) for step in query_plan(statement, file)]
    items = [step for step in steps if re.match(r"(SCAN|SEARCH) other_item\b", step)]
    assert items
    assert not [step for step in items if "(id=?" not in step]


@pytest.mark.parametrize("plural", LISTS)
def test_filters_of_records_do_not_read_all_of_them_for_each_item(
    database: Path, monkeypatch: pytest.MonkeyPatch, plural: str
) -> None:
    """With a filter by an item and two of the record, the index of one of the latter would be read for each item."""
    record, client = LISTS[plural], create_app(database=str(database)).test_client()
    with closing(open_readonly(database)) as file, trace(monkeypatch) as statements:
        values = {name: example for name, example in examples(record, file).items() if is_selective(name)}
        own = [name for name in values if name != "q" and filters(record)[name].table is None]
        for item in [name for name in values if filters(record)[name].table]:
            for two in pairwise(own):
                client.get(f"/{plural}", query_string={name: values[name] for name in (item, *two)} | {"limit": 7})
        joined = [statement for statement in selects(statements) if re.search(r" link\b.* join ", statement)]
        steps = [step for statement in joined for step in query_plan(statement, file)]
    assert not [step for step in steps if re.match(r"(SCAN|SEARCH) r\b", step) and "(id=?" not in step]


@pytest.mark.parametrize("plural", LISTS)
def test_sort_orders_use_an_index(database: Path, monkeypatch: pytest.MonkeyPatch, plural: str) -> None:
    record, client = LISTS[plural], create_app(database=str(database)).test_client()
    with closing(open_readonly(database)) as file, trace(monkeypatch) as statements:
        for name in sortable(record):
            for sign in ("", "-"):
                statements.clear()
                page = client.get(f"/{plural}?sort={sign}{name}&limit=1").get_json()["page"]
                if page["next"]:
                    client.get(page["next"])
                assert selects(statements), name
                for statement in selects(statements):
                    steps = query_plan(statement, file)
                    # SQLite may sort the few records of the page after it has selected them.
                    assert sum("TEMP B-TREE" in step for step in steps) <= 1, (name, statement, steps)
                    assert not any(re.fullmatch(r"SCAN r", step) for step in steps), (name, statement, steps)


@pytest.mark.slow
def test_every_index_is_used(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each index costs space and time in a load: a filter, a sort order, an export or a deletion must read it."""
    client = create_app(database=str(database)).test_client()
    with closing(open_readonly(database)) as file, trace(monkeypatch) as statements:
        for plural, record in LISTS.items():
            queries = [{"sort": name} for name in sortable(record)]
            queries += [{name: query_text(field.metadata["example"])} for name, field in filters(record).items()]
            if "since" in filters(record):
                queries += [
                    {"since": "2020"},
                    *({name: "putin", "since": "2020"} for name in ACTORS if name in filters(record)),
                ]
            for query in queries:
                client.get(f"/{plural}", query_string={**query, "limit": 1})
        file.set_trace_callback(statements.append)
        assert not list(read_bundle(Database(file), "nowhere"))
        assert not list(read_referrers(Database(file), {RecordRef(plural, "nobody") for plural in RECORDS}))
        file.set_trace_callback(None)
        steps = {step for statement in set(selects(statements)) for step in query_plan(statement, file)}
        own = "select name from sqlite_master where type = 'index' and sql is not null"
        names = [name for (name,) in file.execute(own)]
    used = {name for step in steps for name in re.findall(r"INDEX (\w+)", step)}
    assert sorted(set(names) - used) == []


@pytest.mark.parametrize("path", ["/events", "/statements", "/search"])
def test_search_with_filters_reads_the_index_once(database: Path, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    """SQLite must not look up each record with the value of a filter in the full-text index: that takes seconds."""
    client = create_app(database=str(database)).test_client()
    with closing(open_readonly(database)) as file, trace(monkeypatch) as statements:
        assert client.get(f"{path}?q=the&account=kremlin&issue=energy-strikes&limit=9").status_code == 200
        found = [statement for statement in selects(statements) if re.search(r"\+other|\+\S*rowid in", statement)]
        plans = {statement: query_plan(statement, file) for statement in found}
    assert any("match" in statement for statement in plans)
    assert any("+other" in statement for statement in plans)
    for statement, steps in plans.items():
        assert "match" not in statement or re.match(r"SCAN \w+_fts VIRTUAL TABLE", steps[0]), steps
        assert not [step for step in steps if "SEARCH other" in step and "(id=?" not in step], steps


def test_many_matches_of_a_search_are_not_sorted(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are listed in the order in which they were loaded, which is that of the full-text index."""
    monkeypatch.setattr(list_query, "MAX_RANKED", 1)
    client = create_app(database=str(database)).test_client()
    with closing(open_readonly(database)) as file, trace(monkeypatch) as statements:
        page = client.get("/events?q=the&limit=2").get_json()["page"]
        assert client.get(page["next"]).status_code == 200
        plans = [query_plan(statement, file) for statement in selects(statements) if "limit" in statement]
    assert len(plans) >= 2
    assert not [step for plan in plans for step in plan if "TEMP B-TREE" in step]


def test_positions_that_a_statement_shows_are_found_by_statement(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite must not read all proposals on an issue for each statement of a matrix: that takes seconds."""
    client = create_app(database=str(database)).test_client()
    with closing(open_readonly(database)) as file, trace(monkeypatch) as statements:
        assert client.get("/matrix").status_code == 200
        plans = [
            query_plan(statement, file) for statement in selects(statements) if "positions_statements e" in statement
        ]
    assert plans
    for steps in plans:
        assert [step for step in steps if re.match(r"SEARCH i .*\(id=\?", step)], steps


@pytest.mark.parametrize("path", ["/matrix", "/issues/energy-strikes/accounts", "/issues/energy-strikes/standing"])
def test_words_are_searched_once_and_not_for_each_record(
    database: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    """Otherwise, with words that occur in most records, every match would be tried for each contrast."""
    with closing(open_readonly(database)) as file, trace(monkeypatch) as statements:
        client = create_app(database=str(database)).test_client()
        assert client.get(path, query_string={"q": "energy OR strikes"}).status_code == 200
        plans = [query_plan(statement, file) for statement in selects(statements) if "_fts match" in statement]
    assert plans
    assert not [step for plan in plans for step in plan if "rowid=?" in step]
