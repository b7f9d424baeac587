"""The drafts of statements."""

from collections.abc import Iterator
from typing import NamedTuple

from schemas.named_ids import as_id
from seed.draft.analysis import MAX_MATTERS, Analysis, field_unless_empty
from seed.draft.guesses import MARK, guess
from seed.draft.layout import Commented, Record
from seed.draft.occasions import remarks_id
from seed.draft.parties import Party
from seed.draft.speakers import Utterance, quotations
from seed.draft.text import Sentence
from seed.draft.topics import Topic
from seed.draft.word_lists import CALENDAR_WORDS, VERBS
from seed.word_keys import COMMON, MIN_LENGTH

MAX_ID_WORDS = 4
REACTIONS = ("welcomes", "noncommittal")
"""Stances that need no statement."""


class StatementDraft(NamedTuple):
    """The draft of a statement, its sentence, and its utterance."""

    sentence: Sentence
    utterance: Utterance
    commented: Commented


def statement_records(analysis: Analysis) -> Iterator[StatementDraft]:
    """Yield a statement for each quotation with a speaker, and for each own sentence of an issuer with a stance."""
    for sentence in analysis.sentences:
        spans = list(quotations(sentence))
        shows_more = any(one.stance not in REACTIONS for one in analysis.candidates[sentence])
        if analysis.issuers and not spans and shows_more:
            utterance = analysis.speakers.own_sentence(sentence)
            yield _statement(analysis, sentence, (0, len(sentence.text)), utterance)
        for span in spans:
            utterance = analysis.speakers.utterance(sentence, span)
            if utterance.speakers:
                yield _statement(analysis, sentence, span, utterance)


def _statement(analysis: Analysis, sentence: Sentence, span: tuple[int, int], utterance: Utterance) -> StatementDraft:
    quote = sentence.text[slice(*span)]
    is_own = bool(analysis.issuers) and utterance == Utterance(analysis.issuers, ())
    is_paraphrase = bool(analysis.issuers and utterance.according_to and not sentence.quoted)
    topics = analysis.topics.in_sentence(sentence)
    issues = list(dict.fromkeys(id for topic in topics for id in analysis.issues(topic, sentence)))
    issues = issues or analysis.similar_ids("issues", sentence, 1)
    record = {
        "id": guess(analysis.new_id("statements", _statement_id(analysis, utterance.speakers, quote, topics))),
        "negotiations": [analysis.negotiation],
        "issues": issues or _issue_nearby(analysis, sentence),
        "speakers": [party.id for party in utterance.speakers],
        **({"form": "paraphrase"} if is_paraphrase else {"form": "quotation", "quote": quote}),
        "summary": None,
        **({"channel": "readout"} if len(analysis.issuers) == 1 else {}),
        **_events(analysis, sentence, utterance, is_own),
        **field_unless_empty("proposals", _proposals(analysis, topics, sentence)),
        **analysis.utterance_date(sentence, analysis.issuing if is_own else analysis.meeting),
        **analysis.voice(utterance.according_to),
        "citations": [analysis.citation(sentence.paragraph)],
    }
    is_whole = record.get("quote") == sentence.text
    return StatementDraft(sentence, utterance, analysis.commented(record, [] if is_whole else [sentence]))


def _events(analysis: Analysis, sentence: Sentence, utterance: Utterance, is_own: bool) -> Record:
    """Return the event at which it was said, and as `about` the meeting that an issuer's own sentence reports."""
    if not analysis.issuers:
        is_remark = len(utterance.speakers) == 1 and not utterance.according_to
        return {"event": remarks_id(utterance.speakers[0])} if is_remark else {}
    if not is_own:
        return {"event": analysis.meeting} if analysis.meeting else {}
    is_past = any(one.is_past for one in analysis.candidates[sentence])
    return {"event": analysis.issuing} | ({"about": analysis.meeting} if analysis.meeting and is_past else {})


def _statement_id(analysis: Analysis, speakers: tuple[Party, ...], quote: str, topics: list[Topic]) -> str:
    """Return an id made of the speaker and the proposal, or else the first significant words of the quote."""
    names = {word for party in (*speakers, *analysis.issuers) for word in party.id.split("-")}
    said = names | COMMON | VERBS | set(map(str.lower, CALENDAR_WORDS))
    words = [word for word in as_id(quote).split("-") if len(word) >= MIN_LENGTH and word not in said]
    words = [word for word in words if not word.isdigit()]
    speaker = "joint" if speakers == analysis.issuers and len(speakers) > 1 else speakers[0].id
    if speakers == analysis.issuers and len(speakers) == 1 and speakers[0].principal:
        speaker = speakers[0].principal.id
    return "-".join([speaker, *(topics[0].id.split("-") if topics else words[:MAX_ID_WORDS])])


def _proposals(analysis: Analysis, topics: list[Topic], sentence: Sentence) -> list[str]:
    """Return the proposals of a sentence: stored ones, or else those to be written."""
    found = [analysis.proposal(topic, sentence) for topic in topics]
    return analysis.similar_ids("proposals", sentence, MAX_MATTERS) or list(dict.fromkeys(found))


def _issue_nearby(analysis: Analysis, sentence: Sentence) -> list[str]:
    """Return the issue of the nearest sentence before in the same paragraph, to be decided."""
    near = [one for one in analysis.topics.topic_of if one.sentence.paragraph == sentence.paragraph]
    issues = analysis.issues(analysis.topics.topic_of[near[-1]], near[-1].sentence) if near else []
    return [guess(id.removeprefix(MARK)) for id in issues] or [MARK]
