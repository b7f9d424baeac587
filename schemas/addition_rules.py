"""What additions make of a record, and the contradictions that they must not bring into it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from schemas.addition import TARGETS
from schemas.dates import date_span, is_day
from schemas.party import MAX_ALIASES, name_key
from schemas.record import DATE_FIELDS, MAX_CITATIONS
from schemas.references import is_id

MAX_ADDITIONS = 200
"""The maximum number of additions to one record, which every response with the record contains."""
OPEN_START, OPEN_END = 0, 10**8
"""Sort before and after every day, which is a number such as 20250318."""
QUALIFIERS = "?~%"


class Target(NamedTuple):
    """A record that is added to, as its own bundle has it: what an addition may contradict."""

    bundle: str
    date: str | None
    names: frozenset[str]
    identifiers: frozenset[tuple[Any, ...]]
    citations: int
    """How many it has."""
    named: bool
    planned: bool
    """Whether it is a planned event, which would be a scheduled one if it had a day."""


class Added(NamedTuple):
    """What an addition adds, to which record."""

    id: str
    bundle: str
    field: str
    """The field that refers to the record: a key of TARGETS."""
    target: str
    date: str | None
    aliases: tuple[str, ...]
    identifiers: tuple[tuple[Any, ...], ...]
    citations: int
    """How many it has."""


class Conflict(NamedTuple):
    """What is wrong with an addition: its id, a JSON pointer within it, and a message."""

    addition: Added
    pointer: str
    detail: str
    is_mutual: bool = False
    """Whether it is about another addition, which then has a conflict too."""


def read_target(data: Mapping[str, Any], bundle: str, label: str) -> Target:
    """Return what additions to a record may contradict; the record may be invalid."""
    names = frozenset(map(name_key, (*_texts([data.get(label)]), *_texts(data.get("aliases")))))
    return Target(
        bundle,
        _date(data.get("date")),
        names,
        frozenset(_identifiers(data.get("identifiers"))),
        _length(data.get("citations")),
        data.get("named") is not False,
        data.get("status") == "planned",
    )


def read_addition(data: Mapping[str, Any], bundle: str) -> Added | None:
    """Return what an addition adds; None if it has no id or does not refer to exactly one record."""
    targets = [(name, data[name]) for name in TARGETS if data.get(name) is not None]
    if len(targets) != 1 or not is_id(targets[0][1]) or not is_id(data.get("id")):
        return None
    return Added(
        data["id"],
        bundle,
        *targets[0],
        _date(data.get("date")),
        tuple(_texts(data.get("aliases"))),
        tuple(_identifiers(data.get("identifiers"))),
        _length(data.get("citations")),
    )


def find_conflicts(target: Target, additions: Iterable[Added]) -> Iterator[Conflict]:
    """Yield what is wrong with the additions to one record."""
    by_sharpness = sorted(additions, key=lambda one: (_sharpness(one.date), one.id))
    yield from _excess(target, by_sharpness)
    for one in by_sharpness:
        yield from _conflicts_with_target(target, one)
    yield from _second_identifiers(by_sharpness)
    for sharper, other in pairwise(one for one in by_sharpness if one.date):
        if not _is_within(sharper.date, other.date):
            for one, two in ((sharper, other), (other, sharper)):
                detail = f"Contradicts additions/{two.id}, which dates the record {two.date}: one date must lie within"
                yield Conflict(one, "/date", f"{detail} the other.", is_mutual=True)


def with_additions(record: Mapping[str, Any], additions: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return a record with its additions, which are in the order in which they apply; all are valid.

    Aliases, identifiers and citations are appended. Of several dates, the sharpest replaces the date of the record.
    """
    complete = dict(record)
    for name in ("aliases", "identifiers", "citations"):
        if name in record:
            complete[name] = _distinct([*record[name], *(item for addition in additions for item in addition[name])])
    if dated := [addition for addition in additions if addition["date"] is not None]:
        sharpest = min(dated, key=lambda addition: _sharpness(addition["date"]))
        complete |= {name: sharpest[name] for name in DATE_FIELDS}
    return complete


def _excess(target: Target, additions: Sequence[Added]) -> Iterator[Conflict]:
    """If additions take the record over a limit, yield a conflict for each of them that counts towards it."""
    for name, own, most in (
        ("additions", 0, MAX_ADDITIONS),
        ("aliases", len(target.names) - 1, MAX_ALIASES),
        ("citations", target.citations, MAX_CITATIONS),
    ):
        numbers = [_number_of(name, one) for one in additions]
        if (total := own + sum(numbers)) > most:
            for one in (one for one, number in zip(additions, numbers, strict=True) if number):
                detail = f"{one.target!r} would have {total} {name}. At most {most} are allowed."
                is_mutual = name == "additions"
                yield Conflict(one, f"/{one.field if is_mutual else name}", detail, is_mutual)


def _number_of(name: str, one: Added) -> int:
    """Return how much of something an addition brings."""
    numbers = {
        "additions": 1,
        "aliases": len(one.aliases),
        "citations": one.citations,
    }
    return numbers[name]


def _conflicts_with_target(target: Target, one: Added) -> Iterator[Conflict]:
    if one.bundle == target.bundle:
        yield Conflict(one, f"/{one.field}", f"{one.target!r} belongs to the same bundle. Change that record instead.")
    if one.date and target.date and not _is_within(one.date, target.date):
        yield Conflict(one, "/date", f"Must lie within the date of {one.target!r}, which is {target.date}.")
    elif one.date and target.date and _sharpness(one.date) >= _sharpness(target.date):
        yield Conflict(one, "/date", f"Is no sharper than the date of {one.target!r}, which is {target.date}.")
    if target.planned and is_day(one.date):
        detail = f"Must not be one day, because {one.target!r} is `planned`. Write the scheduled event as a record"
        yield Conflict(one, "/date", f"{detail} of this source.")
    for place, alias in enumerate(one.aliases):
        if name_key(alias) in target.names:
            yield Conflict(one, f"/aliases/{place}", f"{one.target!r} already has this name. Remove it.")
    for place, identifier in enumerate(one.identifiers):
        if _scheme(identifier) in map(_scheme, target.identifiers):
            detail = f"{one.target!r} already has an identifier in {_scheme(identifier)}. Remove this one."
            yield Conflict(one, f"/identifiers/{place}", detail)
    if one.identifiers and not target.named:
        yield Conflict(one, "/identifiers", f"Must be empty, because `named` of {one.target!r} is false.")


def _second_identifiers(additions: Sequence[Added]) -> Iterator[Conflict]:
    """Yield a conflict for each identifier in a register in which the additions have another one for the party."""
    given: dict[str | None, dict[tuple[Any, ...], Added]] = defaultdict(dict)
    for one in additions:
        for identifier in one.identifiers:
            given[_scheme(identifier)].setdefault(identifier, one)
    for one in additions:
        for place, identifier in enumerate(one.identifiers):
            in_scheme = given[_scheme(identifier)]
            if second := next((other for other in in_scheme if other != identifier), None):
                detail = f"Contradicts additions/{in_scheme[second].id}, which has another identifier in"
                detail = f"{detail} {_scheme(identifier)}. Remove the one that is not this party's."
                yield Conflict(one, f"/identifiers/{place}", detail, is_mutual=True)


def _sharpness(date: str | None) -> tuple[int, int, bool]:
    """Return a key that sorts a date before every date within which it lies, and an exact one before a vague one."""
    start, end = _span(date)
    return -start, end, any(mark in (date or "") for mark in QUALIFIERS)


def _is_within(date: str | None, other: str | None) -> bool:
    (start, end), (other_start, other_end) = _span(date), _span(other)
    return other_start <= start and end <= other_end


def _span(date: str | None) -> tuple[int, int]:
    earliest, latest = date_span(date) if date else (None, None)
    return _number(earliest) if earliest else OPEN_START, _number(latest) if latest else OPEN_END


def _number(day: str) -> int:
    return int(day.replace("-", ""))


def _date(value: object) -> str | None:
    """Return a valid date, or None."""
    try:
        return value if isinstance(value, str) and date_span(value) else None
    except ValueError:
        return None


def _texts(value: object) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _length(value: object) -> int:
    return len(value) if isinstance(value, list) else 0


def _identifiers(value: object) -> list[tuple[Any, ...]]:
    items = value if isinstance(value, list) else []
    return [_item_key(item) for item in items if isinstance(item, dict) and all(map(_is_text, item.values()))]


def _scheme(identifier: tuple[Any, ...]) -> str | None:
    return dict(identifier).get("scheme")


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _distinct(items: Iterable[Any]) -> list[Any]:
    """Return the first of equal items, in order."""
    unique: dict[Any, Any] = {}
    for item in items:
        unique.setdefault(_item_key(item), item)
    return list(unique.values())


def _item_key(item: str | Mapping[str, Any]) -> Any:
    """Return what makes an item of a list equal to another."""
    return name_key(item) if isinstance(item, str) else tuple(sorted(item.items()))
