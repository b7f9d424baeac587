"""How many statements an answer costs is pinned: it does not grow with the number of records.

Counted is what is asked when totals and counts are known already, as they are from the second time on.
"""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from api import create_app
from api.lists.filters import filters
from schemas import RECORDS
from schemas.timeline import Timeline
from seed.storage import connection_pool as readers
from seed.storage.mapping import sortable
from seed.storage.sqlite_file import open_readonly
from tests.api.lists.test_filters import written

LISTS = {**RECORDS, "timeline": Timeline}
WHOLE = {"as_of", "dated"}
"""The filters that most records match."""


@contextmanager
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The statements that run while the block lasts, on the connections that requests open."""
    statements: list[str] = []

    def traced(path: Path) -> sqlite3.Connection:
        connection = open_readonly(path)
        connection.set_trace_callback(statements.append)
        return connection

    with monkeypatch.context() as patched:
        patched.setattr(readers, "open_readonly", traced)
        yield statements


def selects(statements: list[str]) -> list[str]:
    return [statement for statement in statements if statement.startswith("select")]


@pytest.mark.parametrize(
    ("path", "cost"),
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
        ("/matrix", 5),
        ("/events/trump-putin-call/accounts", 3),
    ],
)
def test_an_answer_costs_a_fixed_number_of_statements(
    client: FlaskClient, database: Path, monkeypatch: pytest.MonkeyPatch, path: str, cost: int
) -> None:
    client.get(path)
    with counted(monkeypatch) as statements:
        assert create_app(database=str(database)).test_client().get(path).status_code == 200
    assert len(selects(statements)) == cost, "\n".join(statements)


def test_labels_cost_one_statement_a_type_and_batch(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    client = create_app(database=str(own)).test_client()
    with counted(monkeypatch) as statements:
        client.get("/positions.csv", buffered=True)
    assert len([statement for statement in statements if "label" in statement]) == 5


def plan(statement: str, file: sqlite3.Connection) -> list[str]:
    """What SQLite does to answer a statement, step by step."""
    return [row[3] for row in file.execute(f"explain query plan {statement}")]


@pytest.mark.parametrize("plural", LISTS)
def test_no_filter_reads_what_does_not_match(
    client: FlaskClient, database: Path, monkeypatch: pytest.MonkeyPatch, plural: str
) -> None:
    record = LISTS[plural]
    with closing(open_readonly(database)) as file, counted(monkeypatch) as statements:
        for name, field in filters(record).items():
            if not name.endswith("__not") and name not in WHOLE:
                statements.clear()
                example = written(field.metadata["example"])
                assert client.get(f"/{plural}", query_string={name: example, "limit": 7}).status_code == 200
                for statement in selects(statements):
                    steps = plan(statement, file)
                    assert not [step for step in steps if re.match(r"SCAN (r|link)\b", step)], (name, statement, steps)


@pytest.mark.parametrize("plural", LISTS)
def test_no_order_is_sorted_anew(
    client: FlaskClient, database: Path, monkeypatch: pytest.MonkeyPatch, plural: str
) -> None:
    record = LISTS[plural]
    with closing(open_readonly(database)) as file, counted(monkeypatch) as statements:
        for name in sortable(record):
            for sign in ("", "-"):
                statements.clear()
                page = client.get(f"/{plural}?sort={sign}{name}&limit=1").get_json()["page"]
                if page["next"]:
                    client.get(page["next"])
                for statement in selects(statements):
                    steps = plan(statement, file)
                    # The few records of the page, once they are chosen, may be put in order.
                    assert sum("TEMP B-TREE" in step for step in steps) <= 1, (name, statement, steps)
                    assert not any(re.fullmatch(r"SCAN r", step) for step in steps), (name, statement, steps)
