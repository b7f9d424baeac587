"""The views that make up the timeline: plain SQL over the tables of the dated types, made from their declarations."""

from collections.abc import Iterator

from schemas import RECORDS
from schemas.fields import Reference
from schemas.layout import columns, links
from schemas.record import Negotiated, Record
from schemas.timeline import DATED

DATES = ("date", "date_earliest", "date_latest", "date_wording", "date_basis")
LISTS = {"negotiations", "parties", "according_to", "citations"}
"""What is a list of its own beside the timeline."""


def views() -> Iterator[str]:
    """The statements that create the timeline and its lists."""
    parts = {
        "negotiations": [statement for plural in DATED for statement in _negotiations(plural)],
        "parties": [statement for plural in DATED for statement in _parties(DATED[plural])],
        "according_to": [_list(plural, "according_to", "party") for plural in DATED],
        "citations": [_list(plural, "citations", "source, paragraph") for plural in DATED],
    }
    for name, statements in parts.items():
        yield f"create view timeline_{name} as {' union all '.join(statements)}"
    yield f"create view timeline as {' union all '.join(map(_entries, DATED.values()))}"


def _entries(record: type[Record]) -> str:
    plural, state = record.plural, f'r."{record.state_column}"' if record.state_column else "null"
    columns = {
        "id": f"'{plural}/' || r.id",
        "type": f"'{plural}'",
        "title": f'r."{record.label}"',
        "state": state,
        "parties": _array("party", "parties", plural),
        "negotiations": _array("negotiation", "negotiations", plural),
        **{name: f"r.{name}" for name in (*DATES, "voice")},
        "according_to": "r.record -> '$.according_to'",
        "citations": "r.record -> '$.citations'",
        "note": "r.note",
    }
    stored = ", ".join(f"{sql} {name}" for name, sql in columns.items() if name not in LISTS)
    finished = ", ".join(f"'{name}', {sql}" for name, sql in columns.items())
    return f'select r.key, {stored}, r.bundle, r.revision, json_object({finished}) record from "{plural}" r'


def _array(column: str, name: str, plural: str) -> str:
    """The JSON of one of an entry's lists, in a fixed order."""
    distinct = f"select distinct {column} from timeline_{name} where id = '{plural}/' || r.id order by 1"
    return f"(select json_group_array({column}) from ({distinct}))"


def _list(plural: str, name: str, values: str) -> str:
    return f"select '{plural}/' || id id, ordinal, {values} from \"{plural}_{name}\""


def _negotiations(plural: str) -> Iterator[str]:
    """The negotiations of a type's records: their own, or where they have none, those of what they are about.

    What a record is about is the first that it refers to of what has negotiations: of a position, the proposal.
    """
    if issubclass(RECORDS[plural], Negotiated):
        yield _list(plural, "negotiations", "negotiation")
        return
    for column in columns(RECORDS[plural]):
        if isinstance(column.field, Reference) and issubclass(RECORDS[column.field.to], Negotiated):
            yield (
                f"select '{plural}/' || r.id id, other.ordinal, other.negotiation"
                f' from "{plural}" r join "{column.field.to}_negotiations" other on other.id = r."{column.name}"'
            )
            return


def _parties(record: type[Record]) -> Iterator[str]:
    """Every party that a type's records name, but for those whose word they are."""
    plural = record.plural
    for column in columns(record):
        if isinstance(column.field, Reference) and column.field.to == "parties":
            named = f'"{column.name}" is not null'
            yield f'select \'{plural}/\' || id id, 0 ordinal, "{column.name}" party from "{plural}" where {named}'
    for link in links(record):
        for column in link.columns:
            if isinstance(column.field, Reference) and column.field.to == "parties" and link.name != "according_to":
                yield f'select \'{plural}/\' || id id, ordinal, "{column.name}" party from "{link.table}"'
