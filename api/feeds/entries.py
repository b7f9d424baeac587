"""Records as entries of a feed: what changed in a record, or a fact of the timeline."""

import json
from collections.abc import Sequence
from sqlite3 import Row
from typing import Any

import msgspec.json

from api.database import select
from api.feeds.atom import FeedEntry, feed_urn, urn
from api.http.problems import PURGED
from api.http.serialization import parse_record
from api.http.urls import data_url
from api.lists.event_times import with_times
from api.lists.qualifiers import with_qualifiers
from api.lists.record_nouns import record_noun, with_kinds
from api.lists.state_labels import state_label
from api.pages.cards import Card, card_of, record_path
from api.pages.labels import label_of
from api.pages.messages import declared, gettext
from api.pages.values import words
from schemas import RECORDS
from schemas.derived import INFERRED
from schemas.record import DAY_FIELDS, Record
from schemas.timeline import Timeline
from schemas.vocabularies import VOICES
from seed.storage.mapping import singular
from seed.storage.tables import CHANGES_SELECT

ACTIONS = {"create": "New", "update": "Changed", "delete": "Deleted"}
REMOVALS = {
    "dropped": "Withdrawn",
    "withdrawn": "Withdrawn",
    "renamed": "Renamed",
    "merged": "Merged",
    "purged": "Purged",
}
DELETED = "What it said no longer counts; its history shows it."
MOVED = "The bundle of another source has it now."

Key = tuple[int, int]
"""The revision and the ordinal of a change."""

CHANGES_AT = "(revision, ordinal) in (select value ->> 0, value ->> 1 from json_each(:keys))"
PREVIOUS_SELECT = f"""
select revision, ordinal, (
    select earlier.record from changes earlier where (earlier.type, earlier.id) = (changes.type, changes.id)
    and (earlier.revision, earlier.ordinal) < (changes.revision, changes.ordinal)
    order by earlier.revision desc, earlier.ordinal desc limit 1
) record from changes where {CHANGES_AT} and action = 'update'
"""
"""SELECT of the version before each update. The log has it, since it is not the latest."""
LAST_CHANGES = """
select type, id, (select max(revision) from changes where changes.type = wanted.type and changes.id = wanted.id) last
from (select value ->> 0 type, value ->> 1 id from json_each(:records)) wanted
"""


def change_entries(keys: Sequence[Key]) -> list[FeedEntry]:
    """Return the entries of changes, in their order."""
    bound = {"keys": json.dumps(keys)}
    rows = {(row["revision"], row["ordinal"]): row for row in select(f"{CHANGES_SELECT} where {CHANGES_AT}", bound)}
    before = {(row["revision"], row["ordinal"]): row["record"] for row in select(PREVIOUS_SELECT, bound)}
    revisions = revisions_by_number({revision for revision, _ in keys})
    return [_change_entry(rows[key], before.get(key), revisions[key[0]]) for key in keys]


def timeline_entries(rows: Sequence[Row]) -> list[FeedEntry]:
    """Return the entries of facts, in their order. Each is as new as the newest of its records."""
    facts = with_times(with_kinds(with_qualifiers(map(parse_record, rows))))
    members = [_members(fact) for fact in facts]
    wanted = {"records": json.dumps([member for found in members for member in found])}
    last = {(row["type"], row["id"]): row["last"] for row in select(LAST_CHANGES, wanted)}
    revisions = revisions_by_number(set(last.values()))
    return [
        FeedEntry(
            id=feed_urn(fact["id"]),
            title=fact["title"],
            updated=revisions[max(last[type, id] for type, id in found)]["recorded_at"],
            url=data_url(record_path(Timeline, fact["id"])),
            categories=(fact["type"],),
            note=", ".join(filter(None, (declared(words(record_noun(fact))), _state(fact)))),
            record=card_of(Timeline, fact)._replace(badges=[]),
            text=fact["note"],
            parts=[_part(part) for part in fact["records"]],
        )
        for fact, found in zip(facts, members, strict=True)
    ]


def _part(part: dict[str, Any]) -> dict[str, Any]:
    return {**part, "noun": declared(record_noun(part)), "state": _state(part)}


def revisions_by_number(numbers: set[int]) -> dict[int, Row]:
    """Return when some revisions were recorded, and their digests."""
    statement = (
        "select revision, recorded_at, digest from revisions where revision in (select value from json_each(:n))"
    )
    return {row["revision"]: row for row in select(statement, {"n": json.dumps(sorted(numbers))})}


def _change_entry(row: Row, before: str | None, revision: Row) -> FeedEntry:
    type, id, action = row["type"], row["id"], row["action"]
    path = f"/{type}/{id}"
    record = RECORDS[type]
    data = parse_record(row) if row["record"] else None
    name = data[record.label] if data else id
    return FeedEntry(
        id=urn(revision["digest"], str(row["ordinal"])),
        title=gettext(
            "%(action)s %(type)s: %(name)s",
            action=declared(REMOVALS.get(row["removal"], ACTIONS[action])),
            type=declared(singular(type)),
            name=name,
        ),
        updated=revision["recorded_at"],
        url=data_url(path if data else f"{path}/history"),
        categories=(type, action),
        note=" ".join(
            filter(None, (_changed_fields(record, before, row["record"]) if data else _removal_text(row), _why(row)))
        )
        or None,
        record=_with_account(card_of(record, data), data) if data else None,
        text=data.get("summary") if data and record.label != "summary" else None,
    )


def _removal_text(row: Row) -> str:
    """Return what became of a record that the log no longer has."""
    if row["purged"] or row["removal"] == "purged":
        return declared(PURGED)
    if row["successor"]:
        return gettext("It is now %(record)s.", record=f"{row['type']}/{row['successor']}")
    return declared(DELETED if row["removal"] else MOVED)


def _why(row: Row) -> str | None:
    """Return the reason of a change, and who gives it."""
    by = f" ({row['author']})" if row["author"] else ""
    return gettext("Reason: %(reason)s.", reason=row["reason"].rstrip(".") + by) if row["reason"] else None


def _changed_fields(record: type[Record], before: str | None, after: str) -> str | None:
    """Return which fields an update changed; None for a new record."""
    if before is None:
        return None
    old, new = msgspec.json.decode(before), msgspec.json.decode(after)
    names = [name for name in record.declared() if name not in DAY_FIELDS and old.get(name) != new.get(name)]
    fields = ", ".join(declared(words(name).lower()) for name in names)
    return gettext("Changed: %(fields)s.", fields=fields or gettext("what other sources add"))


def _with_account(shown: Card, data: dict[str, Any]) -> Card:
    """Return a card with its attribution, which the log does not have for earlier versions."""
    if shown.attribution:
        return shown
    named = ", ".join(label_of("parties", party) for party in data.get("according_to", ()))
    account = named or data.get("publisher") or declared(VOICES.terms[data.get("voice", "source")].label)
    return shown._replace(attribution=f"{account}{INFERRED}" if shown.inference else account)


def _members(fact: dict[str, Any]) -> list[list[str]]:
    own = fact["id"].split("/")
    return [own, *([record["type"], record["record"]] for record in fact["records"])]


def _state(dated: dict[str, Any]) -> str:
    """Return the state of a fact, or of a record of one, in words; empty if it is not stated."""
    return declared(state_label(dated["type"], dated["state"]) or "")
