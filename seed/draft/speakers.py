"""Who says what: the verbs by which a text reports speech, with their subjects, and the likely speakers."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from seed.draft.parties import Mention, Parties, Party
from seed.draft.text import Sentence, context_start
from seed.draft.word_lists import any_of
from seed.quotation_marks import CLOSING
from seed.quotations import Span

SOME = "(?:(?:two|three|four|five|foreign|prime) )*"
"""Words between an article and a word for several parties."""
REPORTING = re.compile(rf"\b{any_of('reporting')}\b|\b[Aa]ccording to\b")
VERB = rf"(?:\w+ed|{any_of('reporting')}|{any_of('auxiliary')})"
PRONOUN = re.compile(
    rf"\b(?:(?P<person>[Hh]e|[Ss]he)|(?P<body>[Ii]t(?! (?:and|or|but|to|in|on|at|with|by|for|from|if|when)\b|[,.;]))"
    rf"|(?P<own>[Ww]e)|(?P<sides>(?i:(?:the|both|two) {SOME}{any_of('sides')}))"
    rf"|(?P<pair>[Tt]hey|(?i:(?:the|both) {SOME}{any_of('leaders')})|[Bb]oth(?= {VERB}\b))"
    rf"|(?P<government>(?:[Tt]he|(?P<own_government>[Hh]is|[Hh]er)) government)\b(?! of)"
    rf"|(?P<voice>[Aa] spokes\w+(?! for\b))|[Tt]he (?:\w+ )?(?P<title>{any_of('titles')})(?! of| [A-Z]))\b"
)
NOT_SUBJECT = re.compile(
    r"\b(?:to|with|by|of|for|from|on|about|against|told|between|at|in|into|that led|like|towards?"
    r"|informed|thanked|invited|received|met|assured|reminded|accused|congratulated)"
    r"(?: (?:the|a|an|President|secretary of state))*\s$",
    re.IGNORECASE,
)
"""Words before a name that show that it is not a subject."""
JOINED = re.compile(r"\s*,?\s+and\s+(?:the )?")
NOT_INVERTED = re.compile(r"[.;:]|\b(?:that|to)\b|^[^’']*,")
"""Text between a verb and a name after it that is then not its subject; a comma counts only without a possessive."""
CLOSING_MARKS = tuple(set("".join(CLOSING.values())))
"""Marks after which a speaker may follow: “…,” said Mira Tolvan."""
MAX_PEOPLE = 100
"""Number of people, those named last, that a pronoun or a title may refer to."""
PAIR = 2
"""Number of people in a call or a meeting of two, and of its sides."""
MAX_INVERTED_GAP = 40
"""Number of characters between a verb and the name of its subject after it: “…,” said foreign minister Mira Tolvan."""


@dataclass(frozen=True)
class Report:
    """A verb that reports speech, and the speakers, empty if they are unknown."""

    start: int
    end: int
    speakers: tuple[Party, ...]


class Subject(NamedTuple):
    """The subject of a verb, and where the sentence names it."""

    parties: tuple[Party, ...]
    start: int


@dataclass(frozen=True)
class Utterance:
    """Who said something, and according to whom, if not according to the source itself."""

    speakers: tuple[Party, ...]
    according_to: tuple[Party, ...]


class Speakers:
    """The reports of speech in a text, read in order, because pronouns refer back."""

    def __init__(self, sentences: list[Sentence], parties: Parties, issuers: tuple[Party, ...] = ()) -> None:
        """`issuers` are the parties whose own text it is."""
        self.parties, self.issuers = parties, issuers
        self._governments = tuple(party for party in parties.in_order() if party.kind == "state")
        self.states = self._states(sentences)
        """The sides: the states in the heading if they are as many as the issuers, else the issuers.

        Of a text with one issuer, the first two states that it names; none if it names fewer."""
        self.people: list[Party] = []
        """The people named last, at most MAX_PEOPLE."""
        self._titled = defaultdict[str, list[Party]](list)
        for party in parties.in_order():
            for title in party.titles if party.is_person else ():
                self._titled[title].append(party)
        pairs = [people for people in self._titled.values() if len(people) == len(issuers) > 1]
        sides = [set(self.states), *map(set, pairs)] if len(issuers) > 1 else []
        self._all_issuers = [set(issuers), *sides]
        """The issuers, and who else stands for all of them: their states, or the two ministers."""
        self.last: dict[int, tuple[Party, ...]] = {}
        """The last speakers of each paragraph."""
        self._latest: tuple[Party, ...] = ()
        self._people_before: dict[Sentence, list[Party]] = {}
        self._latest_before: dict[Sentence, tuple[Party, ...]] = {}
        self.reports: dict[Sentence, list[Report]] = {}
        for sentence in sentences:
            self._read(sentence)

    def _states(self, sentences: list[Sentence]) -> tuple[Party, ...]:
        heading = [mention.party for one in sentences if one.paragraph == 1 for mention in self.parties.mentions(one)]
        states = dict.fromkeys(party for party in heading if party.kind == "state")
        if len(self.issuers) == 1:
            return self._governments[:PAIR] if len(self._governments) >= PAIR else ()
        return tuple(states) if len(states) == len(self.issuers) else self.issuers

    def utterance(self, sentence: Sentence, span: Span) -> Utterance:
        """Return who says a part of a sentence: by the last verb before it, or by one that closes the sentence."""
        start, end = span
        reports = self.reports[sentence]
        before = [report for report in reports if report.end <= start]
        after = [report for report in reports if report.start >= end]
        closing = self._closing(sentence, after)
        is_by_nobody = bool(before) and not any(report.speakers for report in before)
        before = [report for report in before if report.speakers]
        if closing and not before:
            return Utterance(closing.speakers, ())
        if before:
            inner, outer = before[-1], before[0]
            others = closing.speakers if closing else outer.speakers
            return Utterance(inner.speakers, tuple(one for one in others if one not in inner.speakers))
        goes_on = sentence.is_quoted(start) and not is_by_nobody
        return Utterance(self.last.get(sentence.paragraph, ()) if goes_on else (), ())

    def own_sentence(self, sentence: Sentence) -> Utterance:
        """Return who says a sentence of a party's own text: the issuers, or the speakers that it reports."""
        reported = next((report.speakers for report in self.reports[sentence] if report.speakers), self.issuers)
        if set(reported) in self._all_issuers:
            return Utterance(self.issuers, ())
        return Utterance(reported, self.issuers)

    def account(self, sentence: Sentence, place: int) -> tuple[Party, ...]:
        """Return the parties on whose account a sentence reports the words at an offset; empty if on its own."""
        reports = self.reports[sentence]
        before = [report for report in reports if report.end <= place]
        if closing := self._closing(sentence, [report for report in reports if report.start > place]):
            return closing.speakers
        return before[0].speakers if before else ()

    def subject(self, sentence: Sentence, place: int) -> Subject:
        """Return the subject of a verb at an offset: the last name or pronoun before it that may be one."""
        text = sentence.prose
        found = [mention for mention in self.parties.mentions(sentence) if mention.end <= place]
        subjects = [mention for mention in found if _may_be_subject(text, mention)]
        pronouns = [
            one
            for one in PRONOUN.finditer(text, 0, place)
            if not (one["sides"] or one["title"]) or _may_act(text, one.start())
        ]
        if pronouns and (not subjects or pronouns[-1].start() > subjects[-1].start):
            last = pronouns[-1]
            others = [one for one in pronouns if one["title"] and JOINED.fullmatch(text, one.end(), last.start())]
            joined = [one for other in others for one in self._resolve(sentence, other, subjects)]
            joined += [one.party for one in subjects if last["title"] and JOINED.fullmatch(text, one.end, last.start())]
            return Subject((*joined, *self._resolve(sentence, last, subjects)), last.start())
        if not subjects:
            return Subject((), -1)
        subject = subjects[-1]
        joined = [
            one.party for one in found if JOINED.fullmatch(text[one.end : subject.start]) and not one.is_possessive
        ]
        return Subject((*joined, subject.party), subject.start)

    def sides(self, sentence: Sentence) -> tuple[Party, ...]:
        """Return who agreed if a sentence does not say so: all issuers, or the two people of a readout."""
        if len(self.issuers) != 1:
            return self.states
        people = dict.fromkeys(one for one in self._people_before[sentence] if one.named)
        return tuple(people) if len(people) == PAIR else ()

    def later_subject(self, sentence: Sentence, place: int) -> tuple[Party, ...]:
        """Return the first name after an offset that may be a subject: "Rather than agree, Arland asked …"."""
        later = [mention for mention in self.parties.mentions(sentence) if mention.start >= place]
        return tuple([mention.party for mention in later if _may_be_subject(sentence.prose, mention)][:1])

    def _read(self, sentence: Sentence) -> None:
        self._people_before[sentence] = list(self.people)
        self._latest_before[sentence] = self._latest
        self.reports[sentence] = []
        for match in REPORTING.finditer(sentence.prose):
            speakers = self._speakers(sentence, match)
            report = Report(match.start(), match.end(), speakers)
            self.reports[sentence].append(report)
            if speakers:
                self.last.setdefault(sentence.paragraph, speakers)
                self.last[sentence.paragraph] = self._latest = speakers
                self._latest_before[sentence] = speakers
        if not self.reports[sentence] and (topic := self._topic(sentence)):
            self._latest = topic
        named = [
            (mention.start, mention.party) for mention in self.parties.mentions(sentence) if mention.party.is_person
        ]
        titles = [match for match in PRONOUN.finditer(sentence.prose) if match["title"]]
        named += [(match.start(), one) for match in titles for one in self._person_with_title(match["title"])]
        for _, party in sorted(named, key=lambda one: one[0]):
            self.people = [*(one for one in self.people if one is not party), party][-MAX_PEOPLE:]

    def _topic(self, sentence: Sentence) -> tuple[Party, ...]:
        """Return the parties that a sentence without reported speech is about: its first possible subject."""
        first = [mention.end for mention in self.parties.mentions(sentence) if _may_be_subject(sentence.prose, mention)]
        pronoun = PRONOUN.search(sentence.prose)
        ends = sorted([*first[:1], *([pronoun.end()] if pronoun else [])])
        return self.subject(sentence, ends[0]).parties if ends else ()

    def _speakers(self, sentence: Sentence, match: re.Match[str]) -> tuple[Party, ...]:
        after = [
            mention
            for mention in self.parties.mentions(sentence)
            if 0 <= mention.start - match.end() <= MAX_INVERTED_GAP and not mention.is_possessive
        ]
        between = sentence.prose[match.end() : after[0].start] if after else ""
        if match[0].lower() == "according to":
            return (after[0].party,) if after else ()
        before = sentence.prose[: match.start()].rstrip()
        is_inverted = before.removesuffix(",").endswith(CLOSING_MARKS) or not before
        if is_inverted and after and not NOT_INVERTED.search(between):
            return (after[0].party,)
        return self.subject(sentence, match.start()).parties

    def _resolve(self, sentence: Sentence, pronoun: re.Match[str], subjects: list[Mention]) -> tuple[Party, ...]:
        earlier = [mention.party for mention in subjects if mention.end <= pronoun.start()]
        people = [one for one in [*self._people_before[sentence], *earlier] if one.is_person]
        if pronoun["person"]:
            return tuple(people[-1:]) if earlier and people else self._person(sentence, people)
        if pronoun["title"]:
            titled = [one for one in people if pronoun["title"].lower() in one.titles]
            return tuple((titled or self._person_with_title(pronoun["title"]))[-1:])
        if pronoun["own"] or (pronoun["pair"] and len(self.issuers) > 1):
            return self._pair_of_issuers(sentence, pronoun) if pronoun["pair"] else self.issuers
        if pronoun["sides"]:
            return self.states
        return self._pair_or_body(sentence, pronoun, subjects, people)

    def _pair_of_issuers(self, sentence: Sentence, pronoun: re.Match[str]) -> tuple[Party, ...]:
        """Return the parties that "they" or "the ministers" means in a text of several issuers.

        They are the two who spoke last, the two delegations, the two with the title, or else the issuers.
        """
        latest = self._latest_before[sentence]
        if pronoun[0].lower() == "they" and len(latest) == PAIR:
            return latest
        bodies = [one for one in self.parties.in_order() if one.kind == "group" and one.principal]
        if pronoun[0].endswith("delegations") and len(bodies) == PAIR:
            return tuple(bodies)
        titled = self._titled.get(pronoun[0].split()[-1].lower().removesuffix("s"), [])
        return tuple(titled) if len(titled) == PAIR else self.issuers

    def _pair_or_body(
        self, sentence: Sentence, pronoun: re.Match[str], subjects: list[Mention], people: list[Party]
    ) -> tuple[Party, ...]:
        if pronoun["pair"]:
            pair = list(dict.fromkeys(reversed(people)))[:PAIR]
            return tuple(reversed(pair))
        if pronoun["government"]:
            states = (people[-1].principal,) if people and pronoun["own_government"] else self._governments
            return tuple(state for state in states[:1] if state)
        latest = self._latest_before[sentence]
        owners = [one for one in self.parties.mentions(sentence) if one.is_possessive and one.end <= pronoun.start()]
        named = sorted([*(one for one in subjects if one.end <= pronoun.start()), *owners], key=lambda one: one.start)
        bodies = [one.party for one in named if not one.party.is_person]
        return tuple(bodies[-1:]) or latest

    def _person_with_title(self, title: str) -> list[Party]:
        """Return the one person of the text who has a title, even if the text gives the name later."""
        found = self._titled.get(title.lower(), [])
        return found if len(found) == 1 else []

    def _person(self, sentence: Sentence, people: list[Party]) -> tuple[Party, ...]:
        """Return the person who spoke last before a sentence, or else the one named last."""
        speakers = tuple(one for one in self._latest_before[sentence] if one.is_person)
        return speakers[:1] or tuple(people[-1:])

    def _closing(self, sentence: Sentence, after: list[Report]) -> Report | None:
        """Return the report that follows its own words after a comma or a quotation: “…”, Arland said."""
        for report in after:
            clause = sentence.prose[: report.start]
            opening = max(clause.rfind(mark) for mark in (",", *CLOSING_MARKS))
            if opening >= 0 and len(clause) - opening <= MAX_INVERTED_GAP and report.speakers:
                return report
        return None


def quotations(sentence: Sentence) -> Iterator[Span]:
    """Yield the quotations of a sentence that have a word, without a comma that belongs to the sentence around them."""
    for start, end in sentence.quoted:
        words = sentence.text[start:end].rstrip(", ")
        if any(map(str.isalnum, words)):
            yield start, start + len(words)


def _may_act(text: str, start: int) -> bool:
    return NOT_SUBJECT.search(text, context_start(start), start) is None


def _may_be_subject(text: str, mention: Mention) -> bool:
    return not mention.is_possessive and _may_act(text, mention.start) and text[mention.end : mention.end + 1] != "-"
