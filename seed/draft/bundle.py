"""The draft of a bundle: what plain rules find in a text, with guesses marked and null for texts left to write.

Of the text itself it contains quotations and date words only (rule 3 of docs/data.md).
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from textwrap import wrap
from typing import Any

from seed.draft.countries import country_codes, country_names
from seed.draft.dates import DateWords, date_words, full_dates, is_when
from seed.draft.guesses import MARK, guess
from seed.draft.known import Known
from seed.draft.layout import WIDTH, Commented, to_text
from seed.draft.occasions import event, find_occasion, participants, remarks_id
from seed.draft.parties import Parties, Party, as_id, unused_id
from seed.draft.speakers import PAIR, Speakers, Utterance, quotations
from seed.draft.stances import Candidate, candidates
from seed.draft.text import Sentence, sentences
from seed.draft.topics import PROPOSING, Topic, Topics, proposal_kind, stage
from seed.draft.word_lists import CALENDAR_WORDS, OFFICES, TITLES, VERBS
from seed.verify import digests, lines, normalize
from seed.word_keys import COMMON, MIN_LENGTH, WORD

Record = dict[str, Any]
KINDS = ("news_article", "readout", "joint_statement")
"""The likely kind of a source by the number of its issuers."""
HEAD_PARAGRAPHS = 3
"""Number of paragraphs in which a text gives its own date."""
MAX_ID_WORDS = 4
MAX_CITATIONS = 3
MAX_MATTERS = 3
MAX_ADDRESS_GAP = 16
"""Maximum number of characters between the words of a call or a demand and its addressee."""
LANGUAGE_PARAGRAPHS = 20
"""Number of paragraphs from which the language is recognized."""
MIN_COMMON = 0.2
"""Minimum share of common words, such as "the", in an English text."""
REACTIONS = ("welcomes", "noncommittal")
"""Stances that need no statement."""
DATELINE = re.compile(r"(?:[A-Z][\w’'-]*[ ,]*){1,4}")
"""The place before the date of a report."""
ADDRESSING = ("calls_for", "demands")
HEADER = """\
# A draft. Go through it record by record: delete what the text does not bear out, correct the rest, and write each
# title and summary in your own words. A record whose id begins with `?` is a guess as a whole; a value that does is one
# by itself. Then `python -m seed accept FILE` decides those whose texts are written, and removes the lines with `|`,
# which repeat the text; `python -m seed check FILE` says what is left.
"""


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
class Draft:
    """A text with everything that was found in it."""

    text: list[str]
    origin: Origin
    known: Known
    sentences: list[Sentence] = field(init=False)
    parties: Parties = field(init=False)
    speakers: Speakers = field(init=False)
    dates: dict[Sentence, list[DateWords]] = field(init=False)
    matters: dict[Sentence, dict[str, list[str]]] = field(init=False)
    """The ids of the stored records that each sentence seems to speak of, by type, the best first."""

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
        self.negotiation = self.origin.negotiation or "-".join(one.id for one in self._sides()) or self.origin.id
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
            home = next((one for one in self._states() if id.endswith(f"-of-{one.id}")), None)
            party.principal = party.principal or home
        self.parties.by_id[id], party.id = party, id
        if party.country and not party.is_known:
            party.name = country_names(party.country)[0]
        return party

    def to_yaml(self) -> str:
        """Return the draft as YAML, with the sentences on which records rest as comments."""
        statements = list(self._statements())
        positions = list(self._positions(statements))
        later: dict[str, list[Commented]] = {
            "issues": list(self._issues()),
            "events": list(self._events(statements)),
            "proposals": [self._proposal(topic) for topic in self._new_topics()],
            "positions": positions,
            "statements": [one for _, _, one in statements],
        }
        acting = self._acting([one.record for records in later.values() for one in records])
        first: dict[str, list[Commented]] = {
            "sources": [Commented(self._source(), [])],
            "negotiations": list(self._negotiation_stub()),
            "parties": [Commented(self._stub(party), []) for party in acting if not party.is_known],
        }
        header = HEADER + "".join(f"# {line}\n" for line in self._hints(acting))
        return header + to_text(first | later)

    def _acting(self, records: list[Record]) -> list[Party]:
        """Return the parties to which records refer, and the states of these, in the order of their first mention."""
        texts = {text.removeprefix(MARK) for record in records for text in _texts(record)}
        found = [*self.issuers, *(party for party in self.parties.in_order() if party.id in texts)]
        principals = [party.principal for party in found if party.principal]
        states = [] if self.origin.negotiation else self._sides()
        return list(dict.fromkeys([*found, *principals, *states]))

    def _states(self) -> list[Party]:
        return [party for party in self.parties.in_order() if party.kind == "state"]

    def _sides(self) -> list[Party]:
        """Return the first two states of the text; if it names fewer and has two issuers, these."""
        states = self._states()[:PAIR]
        return list(self.issuers) if len(self.issuers) == PAIR > len(states) else states

    def _source(self) -> Record:
        origin = self.origin
        return {
            "id": origin.id,
            "title": None,
            "kind": origin.kind or guess(self._kind()),
            **({"issued_by": list(origin.issued_by)} if origin.issued_by else {}),
            **({"text_url": origin.url} if origin.url else {}),
            "language": "en" if _is_english(self.text) else MARK,
            **digests(list(map(normalize, self.text))),
            **self._source_date(),
        }

    def _kind(self) -> str:
        """Return the likely kind of the source, by the number of its issuers."""
        return KINDS[min(len(self.origin.issued_by), len(KINDS) - 1)]

    def _source_date(self) -> Record:
        """Return the date of the source: as given, or as its first paragraphs say."""
        found = _printed_date(self.text)
        if self.origin.day is None:
            date = {"date": MARK, "date_basis": MARK}
            return _date_fields(found) | {"date": guess(found.date)} if found else date
        day = self.origin.day.isoformat()
        if found and found.date == day:
            return {"date": day, "date_wording": found.wording, "date_basis": "stated"}
        return {"date": day, "date_basis": "external"}

    def _negotiation_stub(self) -> Iterator[Commented]:
        if not self.origin.negotiation:
            states = self._sides()
            stub = {
                "id": guess(self.negotiation),
                "title": None,
                "summary": None,
                "parties": [state.id for state in states] or [MARK],
                "citations": [self._citation(1)],
            }
            yield Commented(stub, [])

    def _stub(self, party: Party) -> Record:
        principal = party.principal
        return {
            "id": guess(party.id),
            "name": party.name or None,
            "kind": party.kind or MARK,
            **({} if party.named else {"named": False}),
            **({"role": party.role} if party.role else {}),
            **({"principal": principal.id, "principal_basis": "stated"} if principal else {}),
            **({"country": party.country} if party.country else {}),
            **_field_unless_empty("aliases", [one for one in party.aliases if one[0].isupper()]),
            "citations": [self._citation(number) for number in party.paragraphs[:MAX_CITATIONS]],
        }

    def _issues(self) -> Iterator[Commented]:
        by_issue = defaultdict[str, list[Topic]](list)
        for topic in self._new_topics():
            by_issue[topic.issue].append(topic)
        for issue, topics in by_issue.items():
            sentences = dict.fromkeys(sentence for topic in topics for sentence in topic.sentences)
            stub = {
                "id": guess(issue),
                "negotiations": self._negotiations(),
                "title": None,
                "summary": None,
                "citations": self._citations(sentences),
            }
            yield Commented(stub, [])

    def _events(self, statements: list[tuple[Sentence, Utterance, Commented]]) -> Iterator[Commented]:
        """Yield the occasions: of a party's own text, or of the remarks that journalism reports."""
        if self.occasion and self.meeting:
            there = participants(self.occasion, self.parties, self.sentences)
            yield self._event(self.meeting, self.occasion.kind, there, [self.occasion.sentence])
        if self.issuing:
            speakers = [{"party": party.id, "role": "speaker"} for party in self.issuers]
            is_readout = self._kind() == "readout"
            issued = event(guess(self.issuing), "readout" if is_readout else "statement", speakers)
            relation = {"event": self.meeting, "relation": "readout_of" if is_readout else "comments_on"}
            issued |= {"negotiations": self._negotiations()}
            issued |= {"relations": [relation]} if self.meeting else {}
            yield Commented(issued | self._issuing_date() | {"voice": "source", "citations": self._issuing_lines()}, [])
            return
        found = defaultdict[str, list[tuple[Party, Sentence]]](list)
        for sentence, utterance, _ in statements:
            if len(utterance.speakers) == 1 and not utterance.according_to:
                found[remarks_id(utterance.speakers[0])].append((utterance.speakers[0], sentence))
        for id, said in found.items():
            speakers = [{"party": said[0][0].id, "role": "speaker"}]
            yield self._event(id, "statement", speakers, list(dict.fromkeys(sentence for _, sentence in said)))

    def _event(self, id: str, kind: str, there: list[dict[str, str]], rests_on: list[Sentence]) -> Commented:
        dates = [date for sentence in rests_on if (date := self._said_on(sentence))]
        record = event(guess(id), kind, there) | {"negotiations": self._negotiations()} | (dates[0] if dates else {})
        return self._commented(record | {"voice": "source", "citations": self._citations(rests_on)}, rests_on)

    def _issuing_date(self) -> Record:
        found = _printed_date(self.text)
        day = self.day.isoformat() if self.day else None
        if found and found.date == day:
            return {"date": day, "date_wording": found.wording, "date_basis": "stated"}
        return {"date": day, "date_basis": "inferred"} if day else {}

    def _issuing_lines(self) -> list[Record]:
        found = [number for number, line in enumerate(self.text[:HEAD_PARAGRAPHS], 1) if _printed_date([line])]
        return [self._citation(number) for number in dict.fromkeys([*found, 1])]

    def _statements(self) -> Iterator[tuple[Sentence, Utterance, Commented]]:
        """Yield a statement for each quotation with a speaker, and for each own sentence of an issuer with a stance."""
        for sentence in self.sentences:
            spans = list(quotations(sentence))
            shows_more = any(one.stance not in REACTIONS for one in self.candidates[sentence])
            if self.issuers and not spans and shows_more:
                utterance = self.speakers.own_sentence(sentence)
                yield sentence, *self._statement(sentence, (0, len(sentence.text)), utterance)
            for span in spans:
                utterance = self.speakers.utterance(sentence, span)
                if utterance.speakers:
                    yield sentence, *self._statement(sentence, span, utterance)

    def _statement(
        self, sentence: Sentence, span: tuple[int, int], utterance: Utterance
    ) -> tuple[Utterance, Commented]:
        quote = sentence.text[slice(*span)]
        is_own = bool(self.issuers) and utterance == Utterance(self.issuers, ())
        is_paraphrase = bool(self.issuers and utterance.according_to and not sentence.quoted)
        topics = self.topics.in_sentence(sentence)
        issues = list(dict.fromkeys(topic.issue for topic in topics)) or self._like("issues", sentence, 1)
        record = {
            "id": guess(self._new_id("statements", self._statement_id(utterance.speakers, quote, topics))),
            "negotiations": self._negotiations(),
            "issues": issues or self._issue_nearby(sentence),
            "speakers": [party.id for party in utterance.speakers],
            **({"form": "paraphrase"} if is_paraphrase else {"form": "quotation", "quote": quote}),
            "summary": None,
            **({"channel": "readout"} if len(self.issuers) == 1 else {}),
            **self._statement_events(sentence, utterance, is_own),
            **_field_unless_empty("proposals", self._proposals(topics, sentence)),
            **self._date(sentence, self.issuing if is_own else self.meeting),
            **self._voice(utterance.according_to),
            "citations": [self._citation(sentence.paragraph)],
        }
        is_whole = record.get("quote") == sentence.text
        return utterance, Commented(record, []) if is_whole else self._commented(record, [sentence])

    def _statement_events(self, sentence: Sentence, utterance: Utterance, is_own: bool) -> Record:
        """Return the event at which it was said, and as `about` the meeting that an issuer's own sentence reports."""
        if not self.issuers:
            is_remark = len(utterance.speakers) == 1 and not utterance.according_to
            return {"event": remarks_id(utterance.speakers[0])} if is_remark else {}
        if not is_own:
            return {"event": self.meeting} if self.meeting else {}
        is_past = any(one.is_past for one in self.candidates[sentence])
        return {"event": self.issuing} | ({"about": self.meeting} if self.meeting and is_past else {})

    def _statement_id(self, speakers: tuple[Party, ...], quote: str, topics: list[Topic]) -> str:
        """Return an id made of the speaker and the proposal, or else the first significant words of the quote."""
        names = {word for party in (*speakers, *self.issuers) for word in party.id.split("-")}
        said = names | COMMON | VERBS | set(map(str.lower, CALENDAR_WORDS))
        words = [word for word in as_id(quote).split("-") if len(word) >= MIN_LENGTH and word not in said]
        words = [word for word in words if not word.isdigit()]
        speaker = "joint" if speakers == self.issuers and len(speakers) > 1 else speakers[0].id
        if speakers == self.issuers and len(speakers) == 1 and speakers[0].principal:
            speaker = speakers[0].principal.id
        return "-".join([speaker, *(topics[0].id.split("-") if topics else words[:MAX_ID_WORDS])])

    def _new_topics(self) -> list[Topic]:
        """Return the topics for which no stored proposal was found."""
        return [one for one in self.topics.all if not any(self.matters[place]["proposals"] for place in one.sentences)]

    def _proposals(self, topics: list[Topic], sentence: Sentence) -> list[str]:
        """Return the proposals of a sentence: stored ones, or else those to be written."""
        return self._like("proposals", sentence, MAX_MATTERS) or [topic.id for topic in topics]

    def _proposal(self, topic: Topic) -> Commented:
        first = topic.candidates[0]
        proposers = [one for one in topic.candidates if one.stance in PROPOSING]
        addressed = _addressees(topic, self.parties)
        condition = topic.condition_for
        according_to = first.according_to or (() if self.issuers else tuple(one.party for one in proposers[:1]))
        record = {
            "id": guess(topic.id),
            "negotiations": self._negotiations(),
            "issues": [topic.issue],
            "title": None,
            "summary": None,
            "kind": "condition" if condition else proposal_kind(topic),
            **_field_unless_empty("proposed_by", list(dict.fromkeys(one.party.id for one in proposers))),
            **({"addressed_to": addressed, "addressed_to_basis": "stated"} if addressed else {}),
            **self._position_event(first),
            "stage": stage(topic),
            **({"relations": [{"proposal": condition.id, "relation": "condition_for"}]} if condition else {}),
            **self._date(first.sentence, self._position_event(first).get("event")),
            **self._voice(according_to),
            "citations": self._citations(topic.sentences),
        }
        return self._commented(record, topic.sentences)

    def _positions(self, statements: list[tuple[Sentence, Utterance, Commented]]) -> Iterator[Commented]:
        """Yield the positions, grouped by proposal."""
        said = defaultdict[Sentence, list[tuple[Utterance, Record]]](list)
        for where, utterance, one in statements:
            said[where].append((utterance, one.record))
        found = [one for inside in self.candidates.values() for one in inside]
        for topic in self.topics.all:
            yield from (self._position(one, topic, said[one.sentence]) for one in found if self._is_on(one, topic))
        yield from (self._position(one, None, said[one.sentence]) for one in found if one not in self.topics.topic_of)

    def _is_on(self, candidate: Candidate, topic: Topic) -> bool:
        return self.topics.topic_of.get(candidate) is topic

    def _position(self, candidate: Candidate, topic: Topic | None, said: list[tuple[Utterance, Record]]) -> Commented:
        sentence, party = candidate.sentence, candidate.party
        stored = self._like("proposals", sentence, 1)
        condition = self.topics.condition_of.get(candidate)
        words = [party.id, candidate.stance.replace("_", "-"), *([topic.name] if topic else [])]
        evidence = [
            record["id"].removeprefix(MARK)
            for utterance, record in said
            if self.issuers or party in utterance.speakers or candidate.according_to == utterance.speakers
        ]
        record = {
            "id": guess(self._new_id("positions", "-".join(words))),
            "party": party.id,
            "proposal": stored[0] if stored else topic.id if topic else MARK,
            "stance": candidate.stance,
            "summary": None,
            **({"conditions": [condition.id]} if condition else {}),
            **({"explicit": False, "inference": None} if candidate.is_read_into else {}),
            **self._position_event(candidate),
            **_field_unless_empty("statements", evidence),
            **self._date(sentence, self._position_event(candidate).get("event")),
            **self._voice(candidate.according_to),
            "citations": [self._citation(sentence.paragraph)],
        }
        return self._commented(record, [sentence])

    def _position_event(self, candidate: Candidate) -> Record:
        """Return the event of a position in a party's own text: the meeting, or the issuing if it is in the present."""
        event = self.meeting if candidate.is_past and self.meeting else self.issuing
        return {"event": event} if event else {}

    def _issue_nearby(self, sentence: Sentence) -> list[str]:
        """Return the issue of the nearest sentence before in the same paragraph, to be decided."""
        near = [one for one in self.topics.topic_of if one.sentence.paragraph == sentence.paragraph]
        return [guess(self.topics.topic_of[near[-1]].issue) if near else MARK]

    def _commented(self, record: Record, sentences: Iterable[Sentence]) -> Commented:
        return Commented(record, [(one.paragraph, one.text) for one in sentences])

    def _citation(self, paragraph: int) -> Record:
        return {"source": self.origin.id, "paragraph": paragraph}

    def _citations(self, sentences: Iterable[Sentence]) -> list[Record]:
        return [self._citation(number) for number in dict.fromkeys(one.paragraph for one in sentences)]

    def _negotiations(self) -> list[str]:
        return [self.negotiation]

    def _like(self, plural: str, sentence: Sentence, limit: int) -> list[str]:
        return [guess(id) for id in self.matters[sentence][plural][:limit]]

    def _new_id(self, plural: str, id: str) -> str:
        """Return an unused id, and mark it as used."""
        self._ids[plural].add(unused := unused_id(id, self._ids[plural]))
        return unused

    def _date(self, sentence: Sentence, event: str | None) -> Record:
        """Return the date of an utterance: in a party's own text that of its event, else the one in the sentence."""
        if self.issuers:
            met = self._said_on(self.occasion.sentence) if self.occasion and event == self.meeting else {}
            day = met.get("date") or (self.day.isoformat() if self.day else None)
            return {"date": day, "date_basis": "inferred"} if day else {}
        return self._said_on(sentence)

    def _said_on(self, sentence: Sentence) -> Record:
        """Return the date that a sentence gives, unless it is a limit or in the future."""
        day = self.day
        found = (words for words in self.dates[sentence] if day and is_when(words, sentence.text, day))
        found = (words for words in found if not DATELINE.fullmatch(sentence.text, 0, words.start))
        return next(map(_date_fields, found), {})

    def _voice(self, according_to: tuple[Party, ...]) -> Record:
        if not according_to:
            return {"voice": "source"}
        return {"voice": "party", "according_to": [party.id for party in dict.fromkeys(according_to)]}

    def _hints(self, acting: list[Party]) -> Iterator[str]:
        """Yield comments on names that became no party, and on stored records that a paragraph may be about."""
        passive = {
            one.name: one.paragraphs for one in self.parties.in_order() if one not in acting and not one.is_known
        }
        names = [
            f"{name} ({', '.join(map(str, numbers))})" for name, numbers in (passive | self.parties.others).items()
        ]
        if names:
            yield from wrap(f"Names that became no party: {'; '.join(names)}", WIDTH)
        found = defaultdict[int, dict[str, None]](dict)
        for sentence in self.sentences:
            for plural in self.known.titles:
                found[sentence.paragraph] |= dict.fromkeys(f"{plural}/{id}" for id in self.matters[sentence][plural])
        yield from (f"Paragraph {number} may be about {', '.join(ids)}" for number, ids in found.items() if ids)


def _reference(origin: Origin, text: list[str]) -> date | None:
    """Return the day from which date words are counted."""
    found = _printed_date(text)
    return origin.day or (date.fromisoformat(found.date) if found else None)


def _printed_date(text: list[str]) -> DateWords | None:
    return next((words for line in text[:HEAD_PARAGRAPHS] for words in full_dates(line)), None)


def _date_fields(words: DateWords) -> Record:
    return {"date": words.date, "date_wording": words.wording, "date_basis": words.basis}


def _field_unless_empty(name: str, values: list[str]) -> Record:
    return {name: values} if values else {}


def _is_english(text: list[str]) -> bool:
    words = WORD.findall(" ".join(text[:LANGUAGE_PARAGRAPHS]).lower())
    return sum(word in COMMON for word in words) >= MIN_COMMON * len(words)


def _texts(value: Any) -> Iterator[str]:
    """Yield every text in a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, dict)):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _texts(inner)


def _addressees(topic: Topic, parties: Parties) -> list[str]:
    """Return the parties named right after the verb of a demand or a call."""
    found: dict[str, None] = {}
    for one in topic.candidates:
        if one.stance in ADDRESSING:
            for mention in parties.mentions(one.sentence):
                if 0 <= mention.start - one.end <= MAX_ADDRESS_GAP and not mention.is_possessive:
                    found[mention.party.id] = None
    return list(found)


def draft_bundle(text: str, origin: Origin, known: Known) -> str:
    """Return the draft of a bundle for a text, as YAML. Its source gets an id that no source or party has."""
    return Draft(lines(text), origin, known).to_yaml()
