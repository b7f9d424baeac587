"""The drafts of proposals."""

from seed.draft.analysis import Analysis, field_unless_empty
from seed.draft.guesses import guess
from seed.draft.layout import Commented, Record
from seed.draft.parties import Parties
from seed.draft.records.positions import position_event
from seed.draft.topics import PROPOSING, Topic, proposal_kind, stage

MAX_ADDRESS_GAP = 16
"""Maximum number of characters between the words of a call or a demand and its addressee."""
ADDRESSING = ("calls_for", "demands")


def proposal_record(analysis: Analysis, topic: Topic) -> Commented:
    """Return the proposal of a topic, with the sentences that speak of it."""
    first = topic.candidates[0]
    proposers = [one for one in topic.candidates if one.stance in PROPOSING]
    addressed = _addressees(topic, analysis.parties)
    condition = topic.condition_for
    according_to = first.according_to or (() if analysis.issuers else tuple(one.party for one in proposers[:1]))
    event = position_event(analysis, first)
    record = {
        "id": guess(topic.id),
        "negotiations": [analysis.negotiation],
        "issues": [topic.issue],
        "title": None,
        "summary": None,
        "kind": "condition" if condition else proposal_kind(topic),
        **field_unless_empty("proposed_by", list(dict.fromkeys(one.party.id for one in proposers))),
        **({"addressed_to": addressed, "addressed_to_basis": "stated"} if addressed else {}),
        **event,
        "stage": stage(topic),
        **({"relations": [_condition_for(analysis, topic, condition)]} if condition else {}),
        **analysis.utterance_date(first.sentence, event.get("event")),
        **analysis.voice(according_to),
        "citations": analysis.citations(topic.sentences),
    }
    return analysis.commented(record, topic.sentences)


def _condition_for(analysis: Analysis, topic: Topic, other: Topic) -> Record:
    return {"proposal": analysis.proposal(other, topic.sentences[0]), "relation": "condition_for"}


def _addressees(topic: Topic, parties: Parties) -> list[str]:
    """Return the parties named right after the verb of a demand or a call."""
    found: dict[str, None] = {}
    for one in topic.candidates:
        if one.stance in ADDRESSING:
            for mention in parties.mentions(one.sentence):
                if 0 <= mention.start - one.end <= MAX_ADDRESS_GAP and not mention.is_possessive:
                    found[mention.party.id] = None
    return list(found)
