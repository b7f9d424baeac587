"""Embedding of related records: one statement for each name, however many records are on the page."""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Sequence

from api.database import select
from api.http.problems import InvalidQuery
from api.http.serialization import SERVED_SQL, json_array, link_parts, record_json
from api.lists.list_parameters import MAX_EMBEDDED
from api.lists.related import Relation, relations
from schemas import RECORDS
from schemas.errors import FieldError
from schemas.record import Record
from seed.storage.mapping import default_sort, sortable


def embed_related(record: type[Record], rows: Sequence[sqlite3.Row], names: Sequence[str]) -> dict[str, bytes]:
    """Return the compact JSON of `included` by record id: an object with a list of records for each name."""
    ids = [row["id"] for row in rows]
    children = {name: _related_records(relations(record)[name], ids) for name in names}
    return {id: _object({name: json_array(children[name][id]) for name in names}) for id in ids}


def _related_records(relation: Relation, ids: Sequence[str]) -> dict[str, list[bytes]]:
    """Return the JSON of the related records by parent id, in the default order of their list."""
    child = RECORDS[relation.plural]
    order = f'r."{sortable(child)[default_sort(child)]}"'
    statement = (
        f"select pair.parent, {SERVED_SQL} from ({relation.pairs_sql} limit {MAX_EMBEDDED + 1}) pair"
        f' join "{relation.plural}" r on r.id = pair.child order by {order} is null, {order}, r.id'
    )
    rows = select(statement, {"ids": json.dumps(ids)})
    if len(rows) > MAX_EMBEDDED:
        detail = (
            f"More than {MAX_EMBEDDED} {relation.plural} to embed. Lower `limit`, or follow the `links` of a record."
        )
        raise InvalidQuery([FieldError("/include", detail)])
    links = link_parts(child)
    children: dict[str, list[bytes]] = defaultdict(list)
    for row in rows:
        children[row["parent"]].append(record_json(row, links))
    return children


def _object(members: dict[str, bytes]) -> bytes:
    return b"{%b}" % b",".join(b'"%b":%b' % (name.encode(), text) for name, text in members.items())
