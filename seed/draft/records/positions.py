"""The drafts of positions."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import chain

from seed.draft.analysis import Analysis, field_unless_empty
from seed.draft.guesses import MARK, guess
from seed.draft.layout import Commented, Record
from seed.draft.records.statements import StatementDraft
from seed.draft.speakers import Utterance
from seed.draft.stances import Candidate
from seed.draft.text import Sentence
from seed.draft.topics import Topic


def position_records(analysis: Analysis, statements: Iterable[StatementDraft]) -> Iterator[Commented]:
    """Yield the positions, grouped by proposal."""
    said = defaultdict[Sentence, list[tuple[Utterance, Record]]](list)
    for sentence, utterance, commented in statements:
        said[sentence].append((utterance, commented.record))
    by_topic = defaultdict[str | None, list[Candidate]](list)
    for candidate in chain.from_iterable(analysis.candidates.values()):
        topic = analysis.topics.topic_of.get(candidate)
        by_topic[topic.id if topic else None].append(candidate)
    for topic in [*analysis.topics.all, None]:
        for candidate in by_topic[topic.id if topic else None]:
            yield _position(analysis, candidate, topic, said[candidate.sentence])


def _position(
    analysis: Analysis, candidate: Candidate, topic: Topic | None, said: list[tuple[Utterance, Record]]
) -> Commented:
    sentence, party = candidate.sentence, candidate.party
    proposal = _proposal(analysis, topic, sentence)
    condition = analysis.topics.condition_of.get(candidate)
    words = [party.id, candidate.stance.replace("_", "-"), *([topic.name] if topic else [])]
    evidence = [
        record["id"].removeprefix(MARK)
        for utterance, record in said
        if analysis.issuers or party in utterance.speakers or candidate.according_to == utterance.speakers
    ]
    event = position_event(analysis, candidate)
    record = {
        "id": guess(analysis.new_id("positions", "-".join(words))),
        "party": party.id,
        "proposal": proposal,
        "stance": candidate.stance,
        "summary": None,
        **({"conditions": [analysis.proposal(condition, sentence, proposal)]} if condition else {}),
        **({"explicit": False, "inference": None} if candidate.is_read_into else {}),
        **event,
        **field_unless_empty("statements", evidence),
        **analysis.utterance_date(sentence, event.get("event")),
        **analysis.voice(candidate.according_to),
        "citations": [analysis.citation(sentence.paragraph)],
    }
    return analysis.commented(record, [sentence])


def _proposal(analysis: Analysis, topic: Topic | None, sentence: Sentence) -> str:
    if topic:
        return analysis.proposal(topic, sentence)
    return next(iter(analysis.similar_ids("proposals", sentence, 1)), MARK)


def position_event(analysis: Analysis, candidate: Candidate) -> Record:
    """Return the event of a position in a party's own text: the meeting, or the issuing if it is in the present."""
    event = analysis.meeting if candidate.is_past and analysis.meeting else analysis.issuing
    return {"event": event} if event else {}
