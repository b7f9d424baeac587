"""Embedded related records: one statement per name, for any number of records."""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Sequence

from api.database import select
from api.http.problems import InvalidQuery
from api.http.serialization import json_array, link_parts, record_json
from api.lists.list_parameters import MAX_EMBEDDED
from api.lists.related import related
from schemas import RECORDS
from schemas.errors import FieldError
from schemas.record import Record
from seed.storage.mapping import default_sort, sortable


def embed_related(record: type[Record], rows: Sequence[sqlite3.Row], names: Sequence[str]) -> dict[str, str]:
    """Return, by record id, a JSON object with a list of related records for each name."""
    found = {name: related_records(record, name, [row["id"] for row in rows]) for name in names}
    return {row["id"]: _object({name: json_array(found[name][row["id"]]) for name in names}) for row in rows}


def related_records(record: type[Record], name: str, ids: Sequence[str]) -> dict[str, list[str]]:
    """Return the serialized related records of one name, by the id of the record they belong to, in list order."""
    kin = related(record)[name]
    child = RECORDS[kin.plural]
    order = f'r."{sortable(child)[default_sort(child)]}"'
    statement = (
        f"select pair.parent, r.id, r.revision, r.record from ({kin.pairs} limit {MAX_EMBEDDED + 1}) pair"
        f' join "{kin.plural}" r on r.id = pair.child order by {order} is null, {order}, r.id'
    )
    rows = select(statement, {"ids": json.dumps(ids)})
    if len(rows) > MAX_EMBEDDED:
        told = f"There are more than {MAX_EMBEDDED} {kin.plural} to embed; the `links` of a record lead to its own."
        raise InvalidQuery([FieldError("/include", told)])
    more = link_parts(child)
    children: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        children[row["parent"]].append(record_json(row, more))
    return children


def _object(members: dict[str, str]) -> str:
    return "{" + ",".join(f'"{name}":{text}' for name, text in members.items()) + "}"
