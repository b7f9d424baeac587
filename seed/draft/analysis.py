"""Analysis of a text by plain rules: parties, speakers, dates, positions, proposals, and matching stored records."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date

from schemas.countries import country_codes, country_names
from schemas.named_ids import as_id
from seed.draft.dates import DateWords, date_words, full_dates, is_when
from seed.draft.guesses import MARK, guess
from seed.draft.known import Known
from seed.draft.layout import Commented, Record
from seed.draft.occasions import find_occasion
from seed.draft.parties import Parties, Party, unused_id
from seed.draft.speakers import PAIR, Speakers
from seed.draft.stances import candidates
from seed.draft.text import Sentence, sentences
from seed.draft.topics import Topic, Topics
from seed.draft.word_lists import OFFICES, TITLES

KINDS = ("news_article", "readout", "joint_statement")
"""The likely kind of a source by the number of its issuers."""
HEAD_PARAGRAPHS = 3
"""Number of paragraphs in which a text gives its own date."""
MAX_MATTERS = 3
"""Maximum number of stored records of a type for a sentence."""
DATELINE = re.compile(r"(?:[A-Z][\w’'-]*[ ,]*){1,4}")
"""The place before the date of a report."""


@dataclass(frozen=True)
class Origin:
    """What is known about a text from outside it."""

    id: str
    url: str | None = None
    day: date | None = None
    kind: str | None = None
    issued_by: tuple[str, ...] = ()
    negotiation: str | None = None


@dataclass
class Analysis:
    """A text with everything that was found in it."""

    text: list[str]
    origin: Origin
    known: Known
    sentences: list[Sentence] = field(init=False)
    parties: Parties = field(init=False)
    speakers: Speakers = field(init=False)
    dates: dict[Sentence, list[DateWords]] = field(init=False)
    matters: dict[Sentence, dict[str, list[str]]] = field(init=False)
    """The ids of the stored records that each sentence may be about, by type, the best first."""

    def __post_init__(self) -> None:
        self.sentences = sentences(self.text)
        self.parties = Parties(self.known.parties, self.sentences)
        used = {*self.known.sources, *self.parties.by_id}
        self.origin = replace(self.origin, id=unused_id(self.origin.id, {*used, *self.origin.issued_by}))
        self.speakers = Speakers(self.sentences, self.parties, tuple(map(self._issuer, self.origin.issued_by)))
        self.issuers = self.speakers.issuers
        self.day = day = _reference(self.origin, self.text)
        self.matters = {
            sentence: {
                plural: [match.id for match in titles.like(sentence.text, MAX_MATTERS)]
                for plural, titles in self.known.titles.items()
            }
            for sentence in self.sentences
        }
        self.dates = {sentence: date_words(sentence, day) if day else [] for sentence in self.sentences}
        self.candidates = {one: candidates(one, self.parties, self.speakers) for one in self.sentences}
        ids = {plural: list(titles.keys) for plural, titles in self.known.titles.items()}
        self.topics = Topics(self.candidates.values(), self.parties, ids)
        self._stored = {topic: self._stored_proposals(topic) for topic in self.topics.all}
        self.negotiation = self.origin.negotiation or "-".join(one.id for one in self.sides()) or self.origin.id
        self.occasion = find_occasion(self.sentences, self.parties) if self.issuers else None
        self.issuing = f"{self.origin.id}-issued" if self.issuers else None
        self.meeting = f"{self.origin.id}-{self.occasion.kind}" if self.occasion else None
        self._ids = defaultdict[str, set[str]](
            set, statements=set(self.known.statements), positions=set(self.known.positions)
        )

    def _issuer(self, id: str) -> Party:
        """Return an issuer: a known party, or the one of that name in the text, which then has the id."""
        code = {as_id(name): code for name, code in country_codes().items()}.get(id)
        printed = re.compile(id.replace("-", r"\W+(?:the )?"), re.IGNORECASE)
        name = next((match[0] for line in self.text if (match := printed.search(line))), "")
        is_office = bool(OFFICES.union(map(str.lower, TITLES)).intersection(id.split("-")))
        kind = "state" if code else "office" if is_office else ""
        new = Party(id, name, kind=kind, country=code, paragraphs=[1])
        party = self.parties.named_by(id) or new
        if not party.is_known and party.kind != "state":
            home = next((one for one in self.states() if id.endswith(f"-of-{one.id}")), None)
            party.principal = party.principal or home
        self.parties.by_id[id], party.id = party, id
        if party.country and not party.is_known:
            party.name = country_names(party.country)[0]
        return party

    def states(self) -> list[Party]:
        """Return the states of the text, in the order of their first mention."""
        return [party for party in self.parties.in_order() if party.kind == "state"]

    def sides(self) -> list[Party]:
        """Return the first two states of the text; if it names fewer and has two issuers, these."""
        states = self.states()[:PAIR]
        return list(self.issuers) if len(self.issuers) == PAIR > len(states) else states

    def source_kind(self) -> str:
        """Return the likely kind of the source, by the number of its issuers."""
        return KINDS[min(len(self.origin.issued_by), len(KINDS) - 1)]

    def new_topics(self) -> list[Topic]:
        """Return the topics for which no stored proposal was found."""
        return [topic for topic in self.topics.all if not self._stored[topic]]

    def proposal(self, topic: Topic, sentence: Sentence, besides: str = "") -> str:
        """Return the proposal of a topic in a sentence: its own if it is new, otherwise a stored one, as a guess.

        Return a mark if only the proposal named `besides` is found.
        """
        found = [guess(id) for id in self._stored_for(topic, sentence)] or [topic.id]
        return next((id for id in found if id != besides), MARK)

    def issues(self, topic: Topic, sentence: Sentence) -> list[str]:
        """Return the issue of a new topic, otherwise those of its stored proposal in a sentence, as guesses."""
        stored = self._stored_for(topic, sentence)
        return [guess(id) for id in self.known.issues.get(stored[0], [])] if stored else [topic.issue]

    def _stored_for(self, topic: Topic, sentence: Sentence) -> list[str]:
        """Return the stored proposals of a topic, those that the sentence may be about if there are any."""
        stored, near = self._stored[topic], self.matters[sentence]["proposals"]
        return [id for id in stored if id in near] or stored

    def _stored_proposals(self, topic: Topic) -> list[str]:
        """Return the stored proposals that the sentences of a topic may be about, first those most like its clauses."""
        found = dict.fromkeys(id for sentence in topic.sentences for id in self.matters[sentence]["proposals"])
        like = self.known.titles["proposals"].like(" ".join(topic.clauses), MAX_MATTERS) if found else []
        return list(dict.fromkeys([*(match.id for match in like if match.id in found), *found]))

    def citation(self, paragraph: int) -> Record:
        """Return the citation of a paragraph."""
        return {"source": self.origin.id, "paragraph": paragraph}

    def citations(self, sentences: Iterable[Sentence]) -> list[Record]:
        """Return the citations of the paragraphs of sentences."""
        return [self.citation(number) for number in dict.fromkeys(one.paragraph for one in sentences)]

    def commented(self, record: Record, sentences: Iterable[Sentence]) -> Commented:
        """Return a record under a comment with the sentences on which it rests."""
        return Commented(record, [(one.paragraph, one.text) for one in sentences])

    def similar_ids(self, plural: str, sentence: Sentence, limit: int) -> list[str]:
        """Return the ids of the stored records that a sentence may be about, as guesses, the best first."""
        return [guess(id) for id in self.matters[sentence][plural][:limit]]

    def new_id(self, plural: str, id: str) -> str:
        """Return an unused id, and mark it as used."""
        self._ids[plural].add(unused := unused_id(id, self._ids[plural]))
        return unused

    def utterance_date(self, sentence: Sentence, event: str | None) -> Record:
        """Return the date of an utterance: in a party's own text that of its event, else the one in the sentence."""
        if self.issuers:
            met = self.said_on(self.occasion.sentence) if self.occasion and event == self.meeting else {}
            day = met.get("date") or (self.day.isoformat() if self.day else None)
            return {"date": day, "date_basis": "inferred"} if day else {}
        return self.said_on(sentence)

    def said_on(self, sentence: Sentence) -> Record:
        """Return the date that a sentence gives, unless it is a limit or in the future."""
        day = self.day
        found = (words for words in self.dates[sentence] if day and is_when(words, sentence.text, day))
        found = (words for words in found if not DATELINE.fullmatch(sentence.text, 0, words.start))
        return next(map(date_fields, found), {})

    def voice(self, according_to: tuple[Party, ...]) -> Record:
        """Return the voice of a record: that of the parties it is according to, or else of the source."""
        if not according_to:
            return {"voice": "source"}
        return {"voice": "party", "according_to": [party.id for party in dict.fromkeys(according_to)]}


def _reference(origin: Origin, text: list[str]) -> date | None:
    """Return the day from which date words are counted."""
    found = printed_date(text)
    return origin.day or (date.fromisoformat(found.date) if found else None)


def printed_date(text: list[str]) -> DateWords | None:
    """Return the first full date in the first paragraphs of a text, or None."""
    return next((words for line in text[:HEAD_PARAGRAPHS] for words in full_dates(line)), None)


def date_fields(words: DateWords) -> Record:
    """Return the fields of a date with its wording and basis."""
    return {"date": words.date, "date_wording": words.wording, "date_basis": words.basis}


def field_unless_empty(name: str, values: list[str]) -> Record:
    """Return a field with values, or nothing without values."""
    return {name: values} if values else {}
