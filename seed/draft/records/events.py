"""The drafts of events: the occasions of a party's own text, and the remarks that journalism reports."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from seed.draft.analysis import HEAD_PARAGRAPHS, Analysis, printed_date
from seed.draft.guesses import guess
from seed.draft.layout import Commented, Record
from seed.draft.occasions import event, participants, remarks_id
from seed.draft.parties import Party
from seed.draft.records.statements import StatementDraft
from seed.draft.text import Sentence


def event_records(analysis: Analysis, statements: Iterable[StatementDraft]) -> Iterator[Commented]:
    """Yield the occasions: of a party's own text, or of the remarks that journalism reports."""
    if analysis.occasion and analysis.meeting:
        there = participants(analysis.occasion, analysis.parties, analysis.sentences)
        yield _event(analysis, analysis.meeting, analysis.occasion.kind, there, [analysis.occasion.sentence])
    if analysis.issuing:
        speakers = [{"party": party.id, "role": "speaker"} for party in analysis.issuers]
        is_readout = analysis.source_kind() == "readout"
        issued = event(guess(analysis.issuing), "readout" if is_readout else "statement", speakers)
        relation = {"event": analysis.meeting, "relation": "readout_of" if is_readout else "comments_on"}
        issued |= {"negotiations": [analysis.negotiation]}
        issued |= {"relations": [relation]} if analysis.meeting else {}
        yield Commented(
            issued | _issuing_date(analysis) | {"voice": "source", "citations": _issuing_lines(analysis)}, []
        )
        return
    found = defaultdict[str, list[tuple[Party, Sentence]]](list)
    for sentence, utterance, _ in statements:
        if len(utterance.speakers) == 1 and not utterance.according_to:
            found[remarks_id(utterance.speakers[0])].append((utterance.speakers[0], sentence))
    for id, said in found.items():
        speakers = [{"party": said[0][0].id, "role": "speaker"}]
        yield _event(analysis, id, "statement", speakers, list(dict.fromkeys(sentence for _, sentence in said)))


def _event(analysis: Analysis, id: str, kind: str, there: list[dict[str, str]], rests_on: list[Sentence]) -> Commented:
    dates = [date for sentence in rests_on if (date := analysis.said_on(sentence))]
    record = event(guess(id), kind, there) | {"negotiations": [analysis.negotiation]} | (dates[0] if dates else {})
    return analysis.commented(record | {"voice": "source", "citations": analysis.citations(rests_on)}, rests_on)


def _issuing_date(analysis: Analysis) -> Record:
    found = printed_date(analysis.text)
    day = analysis.day.isoformat() if analysis.day else None
    if found and found.date == day:
        return {"date": day, "date_wording": found.wording, "date_basis": "stated"}
    return {"date": day, "date_basis": "inferred"} if day else {}


def _issuing_lines(analysis: Analysis) -> list[Record]:
    found = [number for number, line in enumerate(analysis.text[:HEAD_PARAGRAPHS], 1) if printed_date([line])]
    return [analysis.citation(number) for number in dict.fromkeys([*found, 1])]
