"""Topics of candidate positions: a proposal for those on one matter, an issue for proposals with the same noun."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from schemas.named_ids import as_id
from schemas.vocabularies import PROPOSAL_KINDS
from seed.draft.guesses import MARK
from seed.draft.parties import Parties, unused_id
from seed.draft.stance_words import condition_words
from seed.draft.stances import Candidate
from seed.draft.text import Sentence
from seed.draft.word_lists import CALENDAR_WORDS, COLLECTIVES, VERBS, any_of, word_list
from seed.word_keys import COMMON, MIN_LENGTH, STEM_LENGTH, TERM, word_keys

CLAUSE_END = re.compile(
    r"[.;:”\"]|, (?:which|who|whose|and|but|while|whereas)\b|,? (?:as long as|until|before|after|because|since)\b"
    r"|,? and (?=(?:\w+ed|will|would|shall|has|have|had|is|are)\b)"
)
"""The end of the clause that says what a stance is about."""
INFINITIVE = re.compile(
    r"\W*(?:(?:(?:[Tt]he|[Bb]oth|[Aa]ll) (?:[\w’'-]+ ){1,3}|(?:[A-Z][\w’'-]+ )+)?to (?:not )?"
    r"|(?:that )?(?:[A-Z][\w’'-]+ )+(?=[a-z]{4}))(?P<verb>(?!an?\b|the\b|with|from|that|into)[a-z]+)\b"
    r"(?: (?:over|up|out|back|off|down|away)\b)?"
)
"""A verb at the beginning of a clause, perhaps after its subject: to leave, that Arland leave."""
REFERRING = re.compile(
    rf"\W*(?:to |of |for |on )?(?:(?:this|that|these|those|such|his|her|its|their)\b(?: {any_of('references')}\b)?"
    rf"|it\b|them\b|the {any_of('references')}\b)"
)
"""The beginning of a clause that only refers back to something."""
INFINITIVE_BEFORE = re.compile(r"\b(?:to|will|shall)(?: not)?$")
"""The end of words for a stance that are followed by the verb of the proposal."""
DEFINITE = re.compile(r"\W*(?:of |for |on )?(?:the|this|that)\b")
DEONTIC = re.compile(r"must\b|shall\b|should\b|is needed", re.IGNORECASE)
"""Words for a stance after its object: the pilots must come home."""
SAID_BEFORE = re.compile(r".*\b(?:that|said|,)\s", re.DOTALL)
MIN_SHARED = 2
"""Minimum number of words that two clauses on one matter share."""
MIN_SHARE = 0.5
"""Minimum share of the words of the shorter clause that both clauses have."""
MAX_PROPOSAL_WORDS, MAX_ISSUE_WORDS = 4, 2
"""Maximum number of words in the id of a proposal and of an issue."""
PROPOSING = frozenset({"proposes", "offers", "pledges", "floats", "calls_for", "demands"})
"""Stances by which a party puts something forward."""
STAGES = {
    "floats": "floated",
    "agrees_to_negotiate": "to_be_negotiated",
    "pledges": "promised",
    "orders": "ordered",
    "threatens": "threatened",
}
"""The stage of a proposal by the first stance on it; otherwise it is proposed."""
EMPTY = (
    COMMON
    | VERBS
    | COLLECTIVES
    | {word.lower() for word in CALENDAR_WORDS}
    | set(word_list("numbers") + word_list("tens") + word_list("times"))
)
"""Words that do not help to recognize a matter."""
PHRASE_ENDS = frozenset(word_list("prepositions")) | VERBS
GENERAL = frozenset(word_list("general"))
"""Nouns that say little without the next one: the establishment of a post."""


@dataclass(eq=False)
class Topic:
    """A proposal to be written, with the candidate positions on it."""

    id: str
    issue: str
    noun: str
    """The stem of its main noun."""
    name: str
    """The nouns that name it, in the form of an id."""
    stems: frozenset[str]
    candidates: list[Candidate] = field(default_factory=list)
    condition_for: "Topic | None" = None
    clauses: list[str] = field(default_factory=list)

    @property
    def sentences(self) -> list[Sentence]:
        """The sentences that speak of it, in order."""
        return list(dict.fromkeys(one.sentence for one in self.candidates))


class Topics:
    """The topics of a text."""

    def __init__(self, found: Iterable[list[Candidate]], parties: Parties, used: Mapping[str, Iterable[str]]) -> None:
        """`found` are the candidates of each sentence; `used` the ids that proposals and issues have."""
        self.all: list[Topic] = []
        self.topic_of: dict[Candidate, Topic] = {}
        self.condition_of: dict[Candidate, Topic] = {}
        """The topic that each candidate makes its condition."""
        self._used = {plural: set(ids) for plural, ids in used.items()}
        named = [party.name for party in parties.in_order() if party.is_person or party.kind in ("state", "")]
        self._names = {word[:STEM_LENGTH] for name in named for word in as_id(name).split("-")}
        self._issues: dict[str, str] = {}
        """The issues by the stem of their main noun."""
        for candidates in found:
            for place, candidate in enumerate(candidates):
                later = [one.start for one in candidates[place + 1 :] if one.start > candidate.start]
                self._read(candidate, later[0] if later else len(candidate.sentence.text))

    def in_sentence(self, sentence: Sentence) -> list[Topic]:
        """Return the topics of a sentence, in order."""
        found = [topic for one, topic in self.topic_of.items() if one.sentence is sentence]
        conditions = [topic for one, topic in self.condition_of.items() if one.sentence is sentence]
        return list(dict.fromkeys([*found, *conditions]))

    def _read(self, candidate: Candidate, end: int) -> None:
        text = candidate.sentence.text
        condition = condition_words().search(text, candidate.end, end)
        clause = _clause(text, candidate.end, condition.start() if condition else end)
        if INFINITIVE_BEFORE.search(text, 0, candidate.end):
            clause = f" to{clause}"
        if DEONTIC.match(text, candidate.start):
            clause = SAID_BEFORE.sub("", text[: candidate.start]) + clause
        topic = self._find(clause)
        if topic is None:
            return
        topic.candidates.append(candidate)
        self.topic_of[candidate] = topic
        if condition and candidate.takes_condition:
            self._add_condition(candidate, topic, _clause(text, condition.end(), len(text)))

    def _add_condition(self, candidate: Candidate, topic: Topic, clause: str) -> None:
        condition = self._find(clause)
        if condition and condition is not topic:
            condition.condition_for = condition.condition_for or topic
            condition.candidates.append(candidate)
            self.condition_of[candidate] = condition

    def _find(self, clause: str) -> Topic | None:
        """Return the topic of a clause: the last one if it only refers back, one with the same words, or a new one."""
        infinitive = INFINITIVE.match(clause)
        rest = clause[infinitive.end() :] if infinitive else clause
        words = list(self._words(clause))
        if len(list(self._words(rest))) < MIN_SHARED and (referring := REFERRING.match(rest)):
            is_condition = "condition" in referring[0]
            if last := next((one for one in reversed(self.all) if bool(one.condition_for) == is_condition), None):
                return last
        stems = frozenset(word[:STEM_LENGTH] for word in words)
        nouns = self._first_nouns(clause) if DEFINITE.match(clause) and not infinitive else []
        definite = _head(nouns) if nouns else None
        for topic in reversed(self.all):
            shared = len(stems & topic.stems)
            is_alike = shared >= MIN_SHARED and shared >= MIN_SHARE * min(len(stems), len(topic.stems))
            if is_alike or stems == {topic.noun} or definite == topic.noun:
                topic.clauses.append(clause)
                return topic
        return self._new(clause, words, stems) if words else None

    def _new(self, clause: str, words: list[str], stems: frozenset[str]) -> Topic:
        infinitive = INFINITIVE.match(clause)
        verb = [infinitive["verb"]] if infinitive and infinitive["verb"] not in EMPTY else []
        nouns = self._first_nouns(clause[infinitive.end() :] if infinitive else clause) or words[:MAX_ISSUE_WORDS]
        id = self._unused("proposals", [*verb, *nouns][:MAX_PROPOSAL_WORDS])
        topic = Topic(id, self._issue(nouns), _head(nouns), nouns[0] if "of" in nouns else "-".join(nouns), stems)
        topic.clauses.append(clause)
        self.all.append(topic)
        return topic

    def _first_nouns(self, clause: str) -> list[str]:
        """Return the first words of a clause that stand together; if they are general, as in "number of", the next."""
        found: list[str] = []
        words = as_id(clause).split("-")
        for place, word in enumerate(words):
            if word == "of" and set(found) <= GENERAL:
                found = []
            elif word == "of" and len(found) == 1:
                return [
                    *found,
                    *(["of", *more[-1:]] if (more := self._first_nouns("-".join(words[place + 1 :]))) else []),
                ]
            elif found and (word in PHRASE_ENDS or word.endswith("ed")):
                break
            elif self._says_something(word):
                found.append(word)
        return found[-MAX_ISSUE_WORDS:]

    def _issue(self, nouns: list[str]) -> str:
        """Return the issue with the same noun, or a new one."""
        stem = _head(nouns)
        if stem not in self._issues:
            self._issues[stem] = self._unused("issues", nouns)
        return self._issues[stem]

    def _unused(self, plural: str, words: list[str]) -> str:
        id = unused_id("-".join(dict.fromkeys(words)), self._used[plural])
        self._used[plural].add(id)
        return id

    def _words(self, clause: str) -> Iterator[str]:
        """Yield the words of a clause that say what it is about: no names, numbers, or words that occur everywhere."""
        return filter(self._says_something, as_id(clause).split("-"))

    def _says_something(self, word: str) -> bool:
        is_name = word[:STEM_LENGTH] in self._names
        return len(word) >= MIN_LENGTH and word.isalpha() and word not in EMPTY and not is_name


def _head(nouns: list[str]) -> str:
    """Return the stem of the main noun: costs, in "the costs of repairs"; otherwise the last."""
    return nouns[0 if "of" in nouns else -1][:STEM_LENGTH]


def _clause(text: str, start: int, end: int) -> str:
    """Return the clause that begins at `start` and ends at `end` at the latest."""
    stop = CLAUSE_END.search(text, start, end)
    return text[start : stop.start() if stop else end]


def proposal_kind(topic: Topic) -> str:
    """Return the likely kind of a proposal, by the words of the vocabulary and by the stances on it."""
    keys = frozenset().union(*(keys for clause in topic.clauses for keys in word_keys(clause)))
    terms = [name for name in PROPOSAL_KINDS.terms if f"{TERM}{name}" in keys and name not in ("condition", "demand")]
    if terms:
        return terms[0]
    stances = {one.stance for one in topic.candidates}
    return "demand" if stances & {"calls_for", "demands"} and not stances & {"accepts", "pledges"} else MARK


def stage(topic: Topic) -> str:
    """Return the likely stage of a proposal, by the stances on it."""
    accepting = {one.party for one in topic.candidates if one.stance == "accepts"}
    if len(accepting) > 1:
        return "agreed"
    return next((STAGES[one.stance] for one in topic.candidates if one.stance in STAGES), "proposed")
