"""Short labels of sources, for citations if there are several sources: `Kremlin readout ¶5`."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from sqlite3 import Row
from typing import Any, NamedTuple

from api.database import current_revision, select
from api.lists.readable_date import marked_date
from schemas.vocabularies import SOURCE_KINDS

MAX_SOURCES = 5000
"""Maximum number of sources with a label; further ones are cited by id."""
MAX_NAMES = 30
"""Maximum length of the names of issuers. Longer ones are replaced by the names of their principals."""
SOURCES = f"""
select s.id, s.title, s.publisher, s.kind, s.date, s.date_basis, (
    select json_group_array(json_array(p.name, coalesce(whole.name, p.name))) from sources_issued_by i
    join parties p on p.id = i.party left join parties whole on whole.id = p.principal where i.id = s.id
) issuers from sources s order by s.key limit {MAX_SOURCES}
"""


class Label(NamedTuple):
    """Short label and title of a source."""

    short: str
    title: str


def source_label(id: str) -> str:
    """Return the label of a source: issuer or publisher and kind, with the date or id if that is ambiguous."""
    return source_labels().get(id, Label(id, id)).short


def has_several_sources() -> bool:
    """Return whether there are several sources, so that citations must name theirs."""
    return len(source_labels()) > 1


def source_labels() -> Mapping[str, Label]:
    """Return the labels of the sources by id."""
    return _source_labels(current_revision().key)


def cited_sources(data: Any) -> list[str]:
    """Return the sources that occur in data, however deeply nested, each once."""
    return list(dict.fromkeys(_source_ids(data)))


def by_source(citations: Iterable[dict[str, Any]]) -> list[tuple[str, list[dict[str, Any]]]]:
    """Group consecutive citations of one source."""
    return [(source, list(group)) for source, group in groupby(citations, itemgetter("source"))]


@lru_cache(maxsize=2)
def _source_labels(key: str) -> Mapping[str, Label]:
    return dict(_labels())


def _labels() -> Iterator[tuple[str, Label]]:
    """Yield the id and the label of each source."""
    rows = select(SOURCES)
    short = {row["id"]: _short_label(row) for row in rows}
    dated = {row["id"]: _with_date(short[row["id"]], row) for row in rows}
    shorts, dates = Counter(short.values()), Counter(dated.values())
    for row in rows:
        id, is_vague = row["id"], not (row["publisher"] or json.loads(row["issuers"]))
        label = dated[id] if is_vague or shorts[short[id]] > 1 else short[id]
        yield id, Label(label if dates[dated[id]] == 1 else f"{label} ({id})", row["title"])


def _short_label(row: Row) -> str:
    """Return the issuers or the publisher of a source, and its kind."""
    kind = SOURCE_KINDS.terms[row["kind"]].label
    issuers = json.loads(row["issuers"])
    if not issuers:
        return str(row["publisher"] or kind)
    names, wholes = (" and ".join(dict.fromkeys(names)) for names in zip(*issuers, strict=True))
    return f"{names if len(names) <= MAX_NAMES else wholes} {kind}"


def _with_date(label: str, row: Row) -> str:
    return f"{label} of {marked_date(dict(row))}" if row["date"] else label


def _source_ids(data: Any) -> Iterable[str]:
    if isinstance(data, dict):
        if isinstance(source := data.get("source"), str):
            yield source
        yield from _source_ids([*data.values()])
    elif isinstance(data, list):
        for item in data:
            yield from _source_ids(item)
