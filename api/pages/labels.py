"""The labels of records by id, each looked up once for a page."""

from flask import g

from api.database import select
from schemas import RECORDS


def label_of(plural: str, id: str) -> str:
    """Return the label of a record, or its id if there is no such record."""
    labels: dict[tuple[str, str], str] = g.setdefault("labels", {})
    if (plural, id) not in labels:
        rows = select(f'select "{RECORDS[plural].label}" label from "{plural}" where id = :id', {"id": id})
        labels[plural, id] = rows[0]["label"] if rows else id
    return labels[plural, id]


def account_name(id: str) -> str:
    """Return the name of an account: a party, a source, or an account that is no record."""
    for plural in ("parties", "sources"):
        if (name := label_of(plural, id)) != id:
            return name
    return id
