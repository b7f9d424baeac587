"""The labels of records by id, each looked up once for a page."""

from typing import Any

from flask import g

from api.database import select
from schemas import RECORDS
from schemas.fields import UNATTRIBUTED, UNATTRIBUTED_NAME
from seed.storage.references import ACCOUNT_TYPES


def language_of(citations: list[dict[str, Any]]) -> str | None:
    """Return the language of a quote: that of the source that its first citation names."""
    languages: dict[str, str | None] = g.setdefault("languages", {})
    source = citations[0]["source"]
    if source not in languages:
        rows = select("select language from sources where id = :id", {"id": source})
        languages[source] = rows[0]["language"] if rows else None
    return languages[source]


def label_of(plural: str, id: str) -> str:
    """Return the label of a record, or its id if there is no such record."""
    labels: dict[tuple[str, str], str] = g.setdefault("labels", {})
    if (plural, id) not in labels:
        rows = select(f'select "{RECORDS[plural].label}" label from "{plural}" where id = :id', {"id": id})
        labels[plural, id] = rows[0]["label"] if rows else id
    return labels[plural, id]


ACCOUNT_NAMES = f"""
select a.id, coalesce(p."{RECORDS["parties"].label}", s."{RECORDS["sources"].label}", '{UNATTRIBUTED_NAME}') label
from accounts a left join parties p on p.id = a.id left join sources s on s.id = a.id
"""
"""SELECT of the accounts and their names, as `account_name` returns them."""


def account_name(id: str) -> str:
    """Return the name of an account: a party, a source, or the account of those whom nobody names."""
    if id == UNATTRIBUTED:
        return UNATTRIBUTED_NAME
    for plural in ACCOUNT_TYPES:
        if (name := label_of(plural, id)) != id:
            return name
    return id
