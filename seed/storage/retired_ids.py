"""Retired ids: those of records that were withdrawn, renamed, merged or purged. No other record may use them.

The log of changes is their only declaration: an id is retired if its last change is a removal.
"""

import json
from collections.abc import Collection, Iterator
from itertools import permutations
from typing import Any, Literal, NamedTuple

from seed.storage.mapping import singular
from seed.storage.references import ACCOUNT_TYPES, RecordRef

RemovalKind = Literal["dropped", "withdrawn", "renamed", "merged", "purged"]
RETIRED_SELECT = """
select id, source, removal, successor, revision, recorded_at, author, reason
from changes c join revisions using (revision)
where type = ? and id in (select value from json_each(?)) and removal is not null and not exists (
    select 1 from changes later where (later.type, later.id) = (c.type, c.id)
    and (later.revision, later.ordinal) > (c.revision, c.ordinal)
)
"""
SUCCESSORS_SELECT = """
with recursive one(id) as (
    values (:id) union
    select successor from one join changes c on c.type = :type and c.id = one.id
    where (removal = 'renamed' or removal = 'merged' and :merges) and not exists (
        select 1 from changes later where (later.type, later.id) = (c.type, c.id)
        and (later.revision, later.ordinal) > (c.revision, c.ordinal)
    )
)
select id from one
"""
"""SELECT of an id and those that followed it by renames, and if wanted by merges, in order."""
REUSED_SELECT = """
select c.type, c.id, c.source, earlier.removal, earlier.source, earlier.successor
from changes c cross join changes earlier on (earlier.type, earlier.id) = (c.type, c.id)
where c.revision = :revision and c.action = 'create' and earlier.revision < c.revision
and earlier.removal is not null and (earlier.removal <> 'dropped' or earlier.source <> c.source)
and not exists (
    select 1 from changes later where (later.type, later.id) = (c.type, c.id)
    and later.revision > earlier.revision and later.revision < c.revision
)
"""
"""SELECT of what a revision creates with an id that was retired, unless its own bundle had dropped it.

With the bundle, and how the id was retired.
"""

CREATED_SELECT = "select id from changes where revision = ? and +type = ? and action = 'create'"


class Removal(NamedTuple):
    """How a record is removed, and the id that replaces its own from now on, or None."""

    kind: RemovalKind
    successor: str | None = None


DROPPED = Removal("dropped")
"""The record is no longer in its bundle."""


class RetiredId(NamedTuple):
    """An id that is no longer in use: the bundle that had it, and how, when, by whom and why it was removed."""

    plural: str
    id: str
    source: str
    removal: RemovalKind
    successor: str | None
    """The id that is to be used instead, after all later changes."""
    revision: int
    recorded_at: str
    author: str | None
    reason: str | None
    bundle: str = ""
    """The bundle that had it, by the id that its source has now."""

    def may_return(self, source: str) -> bool:
        """Return whether the bundle of a source may have the id again: one that it dropped itself."""
        return self.removal == "dropped" and self.bundle == source

    def __str__(self) -> str:
        how = {
            "dropped": f"dropped from the bundle {self.source!r}",
            "withdrawn": "withdrawn",
            "renamed": f"renamed to {self.successor!r}",
            "merged": f"merged into {self.successor!r}",
            "purged": "purged",
        }[self.removal]
        by = f" by {self.author}" if self.author else ""
        why = f" Reason: {self.reason.rstrip('.')}." if self.reason else ""
        return f"The {singular(self.plural)} {self.id!r} was {how} on {self.recorded_at[:10]}{by}.{why}"


def find_retired(connection: Any, plural: str, ids: Collection[str]) -> dict[str, RetiredId]:
    """Return those of some ids of a type that are retired."""
    rows = connection.execute(RETIRED_SELECT, [plural, json.dumps(list(ids))]).fetchall()
    retired = [RetiredId(plural, *row) for row in rows]
    bundles = {source: current_id(connection, "sources", source) for source in {one.source for one in retired}}
    return {
        one.id: one._replace(successor=_last_successor(connection, one), bundle=bundles[one.source]) for one in retired
    }


def _last_successor(connection: Any, retired: RetiredId) -> str | None:
    """Return the id at the end of a chain of renames and merges."""
    return retired.successor and _last_id(connection, retired.plural, retired.successor, follows_merges=True)


def current_id(connection: Any, plural: str, id: str) -> str:
    """Return the id of the record that had some id before it was renamed, or the same id."""
    return _last_id(connection, plural, id, follows_merges=False)


def _last_id(connection: Any, plural: str, id: str, *, follows_merges: bool) -> str:
    bound = {"type": plural, "id": id, "merges": follows_merges}
    *_, (last,) = connection.execute(SUCCESSORS_SELECT, bound)
    return str(last)


def reused_ids(connection: Any, revision: int) -> Iterator[RecordRef]:
    """Yield the records that a revision creates with a retired id, unless it is the same record.

    That is one that is renamed back, or one that its bundle had dropped before its source was renamed. The retired ids
    of parties and of sources are one set, because both are ids of accounts.
    """
    for plural, id, bundle, removal, source, successor in connection.execute(REUSED_SELECT, {"revision": revision}):
        is_renamed_back = removal == "renamed" and current_id(connection, plural, successor) == id
        is_back = removal == "dropped" and current_id(connection, "sources", source) == bundle
        if not is_renamed_back and not is_back:
            yield RecordRef(plural, id)
    for plural, other in permutations(ACCOUNT_TYPES):
        created = [id for (id,) in connection.execute(CREATED_SELECT, [revision, plural])]
        yield from (RecordRef(plural, id) for id in find_retired(connection, other, created))
