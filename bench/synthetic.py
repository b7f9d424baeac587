"""Synthetic negotiations of any size, as NDJSON: python -m bench.synthetic --events 1000000 --seed 1 FILE.

Each line is {"type": …, "record": {…}}; a source starts its bundle. Values are skewed as in real data: a few parties,
kinds and words are frequent, and later years have more events. The same number and seed give the same bytes.
"""

import json
import math
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from random import Random
from typing import Any, TypeVar

import click

from bench import word_lists as words
from schemas import vocabularies
from schemas.dates import is_day
from schemas.plover import MODES_BY_EVENT
from schemas.position import CONDITIONAL_STANCES, UNCONDITIONAL_STANCES
from seed.storage.mapping import singular

T = TypeVar("T")
Item = dict[str, Any]
Draw = Callable[[], T]

DAYS = [date.fromordinal(day).isoformat() for day in range(date(2006, 1, 1).toordinal(), date(2026, 1, 1).toordinal())]
A_BUNDLE = {"events": 100, "proposals": 3, "positions": 6, "statements": 8, "questions": 1}
"""Records of each type per source."""
POOL = 2**16
WRITTEN = json.JSONEncoder(ensure_ascii=False)


class Negotiations:
    """Synthetic world: its actors, and generators of records."""

    def __init__(self, events: int, seed: int, mix: Mapping[str, int] = A_BUNDLE, negotiations: int = 0) -> None:
        """Prepare the generators. Without a number, `negotiations` follow from the events."""
        self.mix = mix
        self.random = Random(seed)  # noqa: S311 - for show, not for secrets
        self.chance = self.random.random
        self.counts = {
            "parties": int(2 * math.sqrt(events)),
            "negotiations": negotiations or int(math.sqrt(events) / 5),
        }
        self.counts |= {plural: events * of // 100 for plural, of in mix.items()}
        self.counts["issues"] = max(2, self.counts["negotiations"] * 3)
        self.names = [f"{first} {last}" for first in words.FIRST_NAMES for last in words.LAST_NAMES]
        self.random.shuffle(self.names)
        self.name = self._zipf(self.names)
        self.adjective, self.noun, self.verb = (
            self._zipf(listed, steep=1.5) for listed in (words.ADJECTIVES, words.NOUNS, words.VERBS)
        )
        self.place, self.country = self._zipf(words.PLACES), self._zipf(words.COUNTRIES)
        self.party, self.negotiation = self._zipf(self._ids("parties")), self._zipf(self._ids("negotiations"))
        self.issue = self._zipf(self._ids("issues"))
        self.term = {name: self._zipf(vocabulary) for name, vocabulary in vocabularies.VOCABULARIES.items()}
        self.make = {
            "negotiations": self._dossier,
            "parties": self._actor,
            "issues": self._issue,
            "questions": self._question,
            "events": self._event,
            "proposals": self._proposal,
            "positions": self._position,
            "statements": self._statement,
        }
        self.read: Item = {}
        """Source of the bundle that is being generated."""
        self.today = 0
        """Its date, as an index of DAYS."""

    def lines(self) -> Iterator[tuple[str, Item]]:
        """Yield every record with its type, by bundle; the first bundle has all parties and negotiations."""
        for first in range(0, self.counts["events"], 100):
            last = min(first + 100, self.counts["events"])
            self.read = self._source(first // 100)
            yield "sources", self.read
            for plural in ("negotiations", "parties", "issues") if first == 0 else ():
                yield from ((plural, self.make[plural](place)) for place in range(self.counts[plural]))
            for plural, of in self.mix.items():
                places = range(first * of // 100, last * of // 100)
                yield from ((plural, self.make[plural](place)) for place in places)

    def _source(self, place: int) -> Item:
        paragraphs = self.random.randint(20, 120)
        digests = [self.random.randbytes(32).hex() for _ in range(paragraphs + 1)]
        self.today = int(len(DAYS) * math.sqrt(self.chance()))
        return {
            "id": f"source-{place}",
            "title": f"Article on the {self.adjective()} {self.noun()}",
            "publisher": self._now_and_then(0.5, lambda: f"The {self.adjective()} {self.noun()} gazette"),
            **self._issuers(),
            "language": "en" if self.chance() < 0.8 else "fr",
            "paragraphs": paragraphs,
            "sha256": digests.pop(),
            "paragraph_sha256": digests,
            **self._basis(DAYS[self.today]),
        }

    def _dossier(self, place: int) -> Item:
        return {
            "id": f"negotiation-{place}",
            "title": f"The {self.adjective()} {self.noun()} and the {self.noun()}",
            "summary": self._sentence(12),
            "parties": self._draw_several(self.party, 1, 4),
            "citations": self._citations(),
        }

    def _actor(self, place: int) -> Item:
        states = max(2, self.counts["parties"] // 20)
        kind = "state" if place < states else self.term["party-kinds"]()
        principal = f"party-{place % states}" if kind in ("person", "office", "armed_force") else None
        name = self.names[place % len(self.names)] if kind == "person" else self._title()
        return {
            "id": f"party-{place}",
            "name": name,
            "kind": kind,
            "named": kind != "group",
            "role": self._now_and_then(0.6, lambda: f"{self.adjective()} {self.noun()} envoy"),
            "principal": principal,
            "principal_basis": principal and self.term["bases"](),
            "country": self._now_and_then(0.8, self.country),
            "aliases": [alias for alias in self._draw_several(self.name, 0, 2) if alias != name],
            "identifiers": self._identifiers(place) if kind != "group" else [],
            "citations": self._citations(),
        }

    def _issue(self, place: int) -> Item:
        parent = f"issue-{int(self.chance() * place)}" if place else None
        return {
            "id": f"issue-{place}",
            "negotiations": [self.negotiation()],
            "title": f"The {self.adjective()} {self.noun()}",
            "summary": self._sentence(12),
            "part_of": self._now_and_then(0.2, lambda: parent),
            "citations": self._citations(),
        }

    def _question(self, place: int) -> Item:
        return {
            "id": f"question-{place}",
            "negotiations": [self.negotiation()],
            "question": f"{self._sentence(8).removesuffix('.')}?",
            "status": "open",
            "issues": self._draw_several(self.issue, 0, 2),
            "proposals": self._draw_several(lambda: self._one_of("proposals"), 0, 1),
            "citations": self._citations(),
        }

    def _issuers(self) -> Item:
        """Draw the kind of a source, and issuers for those that are not journalism."""
        if self.chance() < 0.9:
            return {"kind": "news_article"}
        return {"kind": "readout", "issued_by": [self.party()]}

    def _identifiers(self, place: int) -> list[Item]:
        """Return an identifier beyond those that Wikidata has, three times in ten."""
        return [{"scheme": "wikidata", "identifier": f"Q{10**9 + place}"}] if self.chance() < 0.3 else []

    def _event(self, place: int) -> Item:
        where, when, account = self._now_and_then(0.3, self._where), self._draw_date(), self._account()
        return {
            "id": f"event-{place}",
            "negotiations": self._draw_several(self.negotiation, 0, 2),
            "title": self._title(),
            "summary": self._sentence(10),
            "issues": self._draw_several(self.issue, 0, 1),
            "kind": self.term["event-kinds"](),
            "status": self._status(bool(where), when["date"], account["voice"]),
            "place": where,
            "participants": [
                {"party": party, "role": self.term["participant-roles"]()}
                for party in self._draw_several(self.party, 1, 4)
            ],
            "relations": self._relations("events", place),
            "codes": self._now_and_then(0.2, self._codes),
            **when,
            **account,
            "note": self._now_and_then(0.1, lambda: self._sentence(8)),
        }

    def _status(self, has_place: bool, when: str | None, voice: str) -> str:
        """Draw a status that fits place, date and account."""
        status = self.term["event-statuses"]()
        if status in ("scheduled", "planned"):
            return "scheduled" if has_place or is_day(when) else "planned"
        return "occurred" if status == "alleged" and voice != "party" else status

    def _proposal(self, place: int) -> Item:
        return {
            "id": f"proposal-{place}",
            "negotiations": self._draw_several(self.negotiation, 1, 2),
            "title": f"A {self.adjective()} {self.noun()} on {self.noun()}",
            "summary": self._sentence(12),
            "kind": self.term["proposal-kinds"](),
            "target": self._now_and_then(0.5, lambda: f"{self.adjective()} {self.noun()}"),
            "area": self._now_and_then(0.2, lambda: str(self.place()[0])),
            "duration": self._now_and_then(0.2, lambda: f"P{self.random.randint(1, 90)}D"),
            "unconditional": self._now_and_then(0.3, lambda: self.chance() < 0.5),
            "issues": self._draw_several(self.issue, 1, 2),
            "proposed_by": self._draw_several(self.party, 0, 2),
            **self._addressees(),
            "event": self._now_and_then(0.6, lambda: self._one_of("events")),
            "stage": self._now_and_then(0.8, self.term["proposal-stages"]),
            "relations": self._relations("proposals", place),
            **self._draw_own_date(),
            **self._account(),
        }

    def _position(self, place: int) -> Item:
        stance, number = self.term["stances"](), int(self.chance() * self.counts["proposals"])
        return {
            "id": f"position-{place}",
            "party": self.party(),
            "proposal": f"proposal-{number}",
            "stance": stance,
            "summary": self._sentence(8),
            "conditions": self._conditions(stance, (number + 1) % self.counts["proposals"]),
            **self._certainty(),
            "event": self._now_and_then(0.5, lambda: self._one_of("events")),
            "statements": self._draw_several(lambda: self._one_of("statements"), 0, 2),
            **self._draw_own_date(),
            **self._account(),
        }

    def _addressees(self) -> Item:
        parties = self._draw_several(self.party, 0, 3)
        return {"addressed_to": parties, "addressed_to_basis": self.term["bases"]() if parties else None}

    def _certainty(self) -> Item:
        explicit = self.chance() < 0.8
        return {"explicit": explicit, "inference": None if explicit else self._sentence(6)}

    def _conditions(self, stance: str, number: int) -> list[str]:
        if stance in UNCONDITIONAL_STANCES or (stance not in CONDITIONAL_STANCES and self.chance() < 0.5):
            return []
        return [f"proposal-{number}"]

    def _statement(self, place: int) -> Item:
        quoted = self.chance() < 0.4
        return {
            "id": f"statement-{place}",
            "negotiations": self._draw_several(self.negotiation, 0, 2),
            "speakers": [self.party()],
            "issues": self._draw_several(self.issue, 1, 2),
            "form": "quotation" if quoted else "paraphrase",
            "quote": self._sentence(6) if quoted else None,
            "summary": self._sentence(10),
            "channel": self._now_and_then(0.7, self.term["channels"]),
            "platform": self._now_and_then(0.2, self.party),
            "audience": self._draw_several(self.party, 0, 2),
            "event": self._now_and_then(0.5, lambda: self._one_of("events")),
            "about": self._now_and_then(0.3, lambda: self._one_of("events")),
            "proposals": self._draw_several(lambda: self._one_of("proposals"), 0, 2),
            "contrasts_with": [
                {"statement": other, "note": self._sentence(6)}
                for other in self._draw_several(lambda: self._one_of("statements"), 0, 1)
                if other != f"statement-{place}"
            ],
            **self._draw_own_date(),
            **self._account(),
        }

    def _where(self) -> Item:
        return dict(zip(("name", "country", "lat", "lon"), self.place(), strict=True))

    def _codes(self) -> Item:
        event = self.term["plover-events"]()
        modes = sorted(MODES_BY_EVENT.get(event, ()))
        mode = self._now_and_then(0.5, lambda: self.random.choice(modes)) if modes else None
        plover = {"event": event, "mode": mode, "context": self._draw_several(self.term["plover-contexts"], 0, 2)}
        return {"cameo": f"{self.random.randint(1, 20):02}", "plover": self._now_and_then(0.8, lambda: plover)}

    def _draw_own_date(self) -> Item:
        """Draw the date of what is neither a source nor an event: one that is not known from elsewhere."""
        drawn = self._draw_date()
        return drawn | {"date_basis": "inferred"} if drawn["date_basis"] == "external" else drawn

    def _draw_date(self) -> Item:
        """Draw a date some days before the source's, in one of the usual forms, or no date."""
        last = max(0, self.today - int(self.random.expovariate(0.05)))
        day, form = DAYS[last], self.chance()
        if form < 0.03:
            return {"date": None, "date_basis": None}
        for below, written in (
            (0.09, day[:7]),
            (0.13, f"{DAYS[max(0, last - 7)]}/{day}" if last else day),
            (0.17, f"{day}~"),
            (0.19, f"../{day}"),
            (0.20, f"{day}/.."),
        ):
            if form < below:
                return {"date": written, "date_wording": "around that time", "date_basis": "inferred"}
        return self._basis(day)

    def _basis(self, day: str) -> Item:
        """Return a day with a basis, and with the wording that a resolved one needs."""
        basis = self.term["date-bases"]()
        return {"date": day, "date_basis": basis, "date_wording": "that day" if basis == "resolved" else None}

    def _account(self) -> Item:
        voice = self.term["voices"]()
        named = self._draw_several(self.party, 1, 2) if voice == "party" else []
        return {"voice": voice, "according_to": named, "citations": self._citations()}

    def _citations(self) -> list[Item]:
        paragraphs = self._draw_several(lambda: 1 + int(self.chance() * self.read["paragraphs"]), 1, 3)
        return [{"source": self.read["id"], "paragraph": paragraph} for paragraph in paragraphs]

    def _relations(self, plural: str, place: int) -> list[Item]:
        """Draw a relation to a nearby record, one time in eight."""
        if self.chance() > 1 / 8:
            return []
        key = singular(plural)
        relation = self.term[f"{key}-relations"]()
        other = (place + self.random.randint(1, 50)) % self.counts[plural]
        if relation == "part_of":
            other = place // 2  # so that no record is part of itself
        if other == place:
            return []
        return [{key: f"{key}-{other}", "relation": relation}]

    def _title(self) -> str:
        return f"{self.name()} and {self.name()} {self.verb()} {self.adjective()} {self.noun()}"

    def _sentence(self, length: int) -> str:
        parts = (self.noun, self.verb, self.adjective)
        return " ".join(parts[place % 3]() for place in range(length)).capitalize() + "."

    def _ids(self, plural: str) -> list[str]:
        return [f"{singular(plural)}-{place}" for place in range(self.counts[plural])]

    def _one_of(self, plural: str) -> str:
        """Draw the id of any record of a type, written or not."""
        return f"{plural.removesuffix('s')}-{int(self.chance() * self.counts[plural])}"

    def _now_and_then(self, share: float, draw: Draw[T]) -> T | None:
        return draw() if self.chance() < share else None

    def _draw_several(self, draw: Draw[T], least: int, most: int) -> list[T]:
        """Draw several values without repeats."""
        return list(dict.fromkeys(draw() for _ in range(self.random.randint(least, most))))

    def _zipf(self, values: Iterable[T], steep: float = 1.0) -> Draw[T]:
        """Draw from values by Zipf's law, the first one most often."""
        listed = list(values)
        weights = [1 / place**steep for place in range(1, len(listed) + 1)]
        pool = self.random.choices(listed, weights, k=POOL)
        return lambda: pool[int(self.chance() * POOL)]


@click.command(help="Write invented negotiations of so many events into FILE, as NDJSON.")
@click.option("--events", type=click.IntRange(min=100), default=1000, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def main(events: int, seed: int, file: Path) -> None:
    """Write the records and show progress."""
    lines = Negotiations(events, seed).lines()
    with (
        file.open("w", encoding="utf-8") as out,
        click.progressbar(length=events, label="Events", file=sys.stderr) as bar,
    ):
        for plural, record in lines:
            compact = {name: value for name, value in record.items() if value is not None and value != []}
            out.write(WRITTEN.encode({"type": plural, "record": compact}) + "\n")
            bar.update(plural == "events")


if __name__ == "__main__":
    main()
