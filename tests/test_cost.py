"""How many statements an answer costs is pinned: it does not grow with the number of records.

Counted is what is asked when totals and counts are known already, as they are from the second time on.
"""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from api import create_app, readers
from seed.file import connect


@contextmanager
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The statements that run while the block lasts, on the connections that requests open."""
    statements: list[str] = []

    def traced(path: Path) -> sqlite3.Connection:
        connection = connect(path)
        connection.set_trace_callback(statements.append)
        return connection

    with monkeypatch.context() as patched:
        patched.setattr(readers, "connect", traced)
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
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, path: str, cost: int
) -> None:
    client.get(path)
    time.sleep(3 * readers.IDLE)  # until the connection that it had is closed
    with counted(monkeypatch) as statements:
        assert client.get(path).status_code == 200
    assert len(selects(statements)) == cost, "\n".join(statements)


def test_labels_cost_one_statement_a_type_and_batch(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    client = create_app(database=str(own)).test_client()
    with counted(monkeypatch) as statements:
        client.get("/positions.csv", buffered=True)
    assert len([statement for statement in statements if "label" in statement]) == 5
