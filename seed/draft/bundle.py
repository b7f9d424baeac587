"""The draft of a bundle: what plain rules find in a text, each guess marked, and what is left to write as null.

Of the text itself it contains quotations and date words only (rule 3 of docs/data.md).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from seed.draft.countries import country_codes, country_names
from seed.draft.dates import DateWords, date_words, full_dates, is_when
from seed.draft.guesses import MARK, guess
from seed.draft.known import Known
from seed.draft.parties import Parties, Party, as_id, unused_id
from seed.draft.speakers import Speakers, Utterance, quotations
from seed.draft.stances import Candidate, candidates
from seed.draft.text import Sentence, sentences
from seed.draft.word_lists import CALENDAR_WORDS, VERBS
from seed.export import to_yaml
from seed.verify import digests, lines, normalize
from seed.word_keys import COMMON, MIN_LENGTH

Record = dict[str, Any]
KINDS = ("news_article", "readout", "joint_statement")
"""The likely kind of a source by the number of its issuers."""
HEAD_PARAGRAPHS = 3
"""Number of paragraphs in which a text gives its own date."""
MAX_ID_WORDS = 4
MAX_CITATIONS = 3
MAX_MATTERS = 3
HEADER = """\
# A draft. Of every value that begins with `?`, remove the mark if the text says so, or write what it says; delete the
# records that the text does not bear out; write every title and summary in your own words; then remove `draft: true`.
# `python -m seed check` lists what is left to decide. The records rest on plain rules: read each against its paragraph.
#
# What each paragraph names:
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
        self.day = day = _reference(self.origin, self.text)
        self.matters = {
            sentence: {
                plural: [match.id for match in titles.like(sentence.text, MAX_MATTERS)]
                for plural, titles in self.known.titles.items()
            }
            for sentence in self.sentences
        }
        self.dates = {sentence: date_words(sentence, day) if day else [] for sentence in self.sentences}

    def _issuer(self, id: str) -> Party:
        """Return an issuer: a known party, or the one of that name in the text, which then has the id."""
        code = {as_id(name): code for name, code in country_codes().items()}.get(id)
        name = next((name for name in self.parties.others if as_id(name) == id), "")
        new = Party(id, name, kind="state" if code else "", country=code, paragraphs=[1])
        party = self.parties.named_by(id) or new
        self.parties.by_id[id], party.id = party, id
        if party.country and not party.is_known:
            party.name = country_names(party.country)[0]
        return party

    def to_yaml(self) -> str:
        """Return the draft as YAML, with a comment on what each paragraph names."""
        statements = list(self._statements())
        bundle = {
            "draft": True,
            "sources": [self._source()],
            "parties": [self._stub(party) for party in self._new_parties()],
            "positions": list(self._positions(statements)),
            "statements": [record for _, _, record in statements],
        }
        comments = "".join(f"# {line}\n" for line in self._summary())
        return HEADER + comments + to_yaml({name: value for name, value in bundle.items() if value})

    def _source(self) -> Record:
        origin = self.origin
        return {
            "id": origin.id,
            "title": None,
            "kind": origin.kind or guess(KINDS[min(len(origin.issued_by), 2)]),
            **({"issued_by": list(origin.issued_by)} if origin.issued_by else {}),
            **({"text_url": origin.url} if origin.url else {}),
            "language": guess("en"),
            **digests(list(map(normalize, self.text))),
            **self._source_date(),
        }

    def _source_date(self) -> Record:
        """Return the date of the source: as given, or as its first paragraphs say."""
        found = _printed_date(self.text)
        if self.origin.day is None:
            return _date_fields(found) if found else {"date": MARK, "date_basis": MARK}
        day = self.origin.day.isoformat()
        if found and found.date == day:
            return {"date": day, "date_wording": found.wording, "date_basis": "stated"}
        return {"date": day, "date_basis": "external"}

    def _new_parties(self) -> list[Party]:
        found = dict.fromkeys([*self.speakers.issuers, *self.parties.in_order()])
        return [party for party in found if not party.is_known]

    def _stub(self, party: Party) -> Record:
        return {
            "id": party.id,
            "name": party.name or None,
            "kind": guess(party.kind),
            **({} if party.named else {"named": False}),
            **({"principal": guess(party.principal.id), "principal_basis": guess("stated")} if party.principal else {}),
            **({"country": party.country} if party.country else {}),
            **_field_unless_empty("aliases", list(party.aliases) if party.country else []),
            "citations": [self._citation(number) for number in party.paragraphs[:MAX_CITATIONS]],
        }

    def _statements(self) -> Iterator[tuple[Sentence, Utterance, Record]]:
        """Yield a statement for each quotation with a speaker, and in a party's own text for each telling sentence."""
        ids = set(self.known.statements)
        for sentence in self.sentences:
            spans = list(quotations(sentence))
            if self.speakers.issuers and not spans and any(self._candidates(sentence)):
                utterance = self.speakers.own_sentence(sentence)
                yield sentence, *self._statement(sentence, (0, len(sentence.text)), utterance, ids)
            for span in spans:
                utterance = self.speakers.utterance(sentence, span)
                if utterance.speakers:
                    yield sentence, *self._statement(sentence, span, utterance, ids)

    def _statement(
        self, sentence: Sentence, span: tuple[int, int], utterance: Utterance, ids: set[str]
    ) -> tuple[Utterance, Record]:
        quote = sentence.text[slice(*span)]
        is_own = bool(self.speakers.issuers) and utterance == Utterance(self.speakers.issuers, ())
        is_paraphrase = bool(self.speakers.issuers and utterance.according_to and not sentence.quoted)
        record = {
            "id": _new_id(self._statement_id(utterance.speakers, quote), ids),
            "negotiations": self._negotiations(),
            "issues": self._like("issues", sentence, 1) or [MARK],
            "speakers": [party.id for party in utterance.speakers] if is_own else _guess_parties(utterance.speakers),
            **({"form": "paraphrase"} if is_paraphrase else {"form": "quotation", "quote": quote}),
            "summary": None,
            **_field_unless_empty("proposals", self._like("proposals", sentence, MAX_MATTERS)),
            **self._date(sentence),
            **self._voice(utterance.according_to),
            "citations": [self._citation(sentence.paragraph)],
        }
        return utterance, record

    def _statement_id(self, speakers: tuple[Party, ...], quote: str) -> str:
        """Return an id made of the speaker and the first significant words of the quote."""
        names = {word for party in (*speakers, *self.speakers.issuers) for word in party.id.split("-")}
        said = names | COMMON | VERBS | set(map(str.lower, CALENDAR_WORDS))
        words = [word for word in as_id(quote).split("-") if len(word) >= MIN_LENGTH and word not in said]
        words = [word for word in words if not word.isdigit()]
        speaker = "joint" if speakers == self.speakers.issuers and len(speakers) > 1 else speakers[0].id
        return "-".join([speaker, *words[:MAX_ID_WORDS]])

    def _positions(self, statements: list[tuple[Sentence, Utterance, Record]]) -> Iterator[Record]:
        ids = set(self.known.positions)
        said = defaultdict[int, list[tuple[Utterance, Record]]](list)
        for where, utterance, record in statements:
            said[id(where)].append((utterance, record))
        for sentence in self.sentences:
            for candidate in self._candidates(sentence):
                yield self._position(candidate, said[id(sentence)], ids)

    def _position(self, candidate: Candidate, said: list[tuple[Utterance, Record]], ids: set[str]) -> Record:
        sentence, party = candidate.sentence, candidate.party
        proposals = self._like("proposals", sentence, 1)
        name = "-".join([party.id if party else "somebody", candidate.stance.replace("_", "-")])
        is_own = bool(self.speakers.issuers)
        evidence = [record["id"] for utterance, record in said if is_own or party in utterance.speakers]
        return {
            "id": guess(_new_id(name, ids)),
            "party": guess(party.id if party else ""),
            "proposal": proposals[0] if proposals else MARK,
            "stance": guess(candidate.stance),
            "summary": None,
            **({"explicit": False, "inference": MARK} if candidate.is_read_into else {}),
            **_field_unless_empty("statements", evidence),
            **self._date(sentence),
            **self._voice(candidate.according_to),
            "citations": [self._citation(sentence.paragraph)],
        }

    def _candidates(self, sentence: Sentence) -> list[Candidate]:
        return candidates(sentence, self.parties, self.speakers)

    def _citation(self, paragraph: int) -> Record:
        return {"source": self.origin.id, "paragraph": paragraph}

    def _negotiations(self) -> list[str]:
        return [self.origin.negotiation or MARK]

    def _like(self, plural: str, sentence: Sentence, limit: int) -> list[str]:
        return [guess(id) for id in self.matters[sentence][plural][:limit]]

    def _date(self, sentence: Sentence) -> Record:
        """Return the date of an utterance: in a party's own text that of the source, else the one in the sentence."""
        if self.day is None:
            return {}
        if self.speakers.issuers:
            return {"date": guess(self.day.isoformat()), "date_basis": "inferred"}
        return next(
            (_date_fields(words) for words in self.dates[sentence] if is_when(words, sentence.text, self.day)), {}
        )

    def _voice(self, according_to: tuple[Party, ...]) -> Record:
        """Return `voice` and `according_to`; a guess, except in a party's own text."""
        if not according_to:
            return {"voice": "source" if self.speakers.issuers else guess("source")}
        if according_to == self.speakers.issuers:
            return {"voice": "party", "according_to": [party.id for party in according_to]}
        return {"voice": guess("party"), "according_to": _guess_parties(according_to)}

    def _summary(self) -> Iterator[str]:
        """Yield a line on each paragraph: the ids of what it names, and its date words with their dates."""
        paragraphs, names = defaultdict[int, list[Sentence]](list), defaultdict[int, list[str]](list)
        for sentence in self.sentences:
            paragraphs[sentence.paragraph].append(sentence)
        for name, numbers in self.parties.others.items():
            for number in numbers:
                names[number].append(name)
        for number in range(1, len(self.text) + 1):
            inside = paragraphs[number]
            parties = [mention.party.id for sentence in inside for mention in self.parties.mentions(sentence)]
            matters = {
                plural: [id for sentence in inside for id in self.matters[sentence][plural]]
                for plural in self.known.titles
            }
            dates = [f"{words.wording} = {words.date}" for sentence in inside for words in self.dates[sentence]]
            found = {"parties": parties, **matters, "other names": names[number], "dates": dates}
            listed = [f"{name} {', '.join(dict.fromkeys(values))}" for name, values in found.items() if values]
            yield f"{number}: {'; '.join(listed)}" if listed else f"{number}: nothing found"


def _reference(origin: Origin, text: list[str]) -> date | None:
    """Return the day from which date words are counted."""
    found = _printed_date(text)
    return origin.day or (date.fromisoformat(found.date) if found else None)


def _printed_date(text: list[str]) -> DateWords | None:
    return next((words for line in text[:HEAD_PARAGRAPHS] for words in full_dates(line)), None)


def _date_fields(words: DateWords) -> Record:
    return {"date": guess(words.date), "date_wording": words.wording, "date_basis": words.basis}


def _guess_parties(parties: Iterable[Party]) -> list[str]:
    return [guess(party.id) for party in dict.fromkeys(parties)]


def _field_unless_empty(name: str, values: list[str]) -> Record:
    return {name: values} if values else {}


def _new_id(id: str, ids: set[str]) -> str:
    """Return an id that is not used yet, and add it to those that are."""
    ids.add(unused := unused_id(id, ids))
    return unused


def draft_bundle(text: str, origin: Origin, known: Known) -> str:
    """Return the draft of a bundle for a text, as YAML. Its source gets an id that no source or party has."""
    return Draft(lines(text), origin, known).to_yaml()
