"""The draft of a bundle: what plain rules find in a text, with guesses marked and null for texts left to write.

Of the text itself it contains quotations and date words only (rule 3 of docs/data.md).
"""

from collections import defaultdict
from collections.abc import Iterator
from textwrap import wrap

from seed.draft.analysis import Analysis, Origin, field_unless_empty
from seed.draft.guesses import MARK, guess, texts
from seed.draft.known import Known
from seed.draft.layout import WIDTH, Commented, Record, comment, to_text
from seed.draft.parties import Party
from seed.draft.records.events import event_records
from seed.draft.records.positions import position_records
from seed.draft.records.proposals import proposal_record
from seed.draft.records.sources import source_record
from seed.draft.records.statements import statement_records
from seed.draft.speakers import quotations
from seed.draft.topics import Topic
from seed.verify import lines

MAX_CITATIONS = 3
"""Maximum number of citations of a party."""
HEADER = """\
# A draft. Go through it record by record: delete what the text does not bear out, correct the rest, and write each
# title and summary in your own words. If the id of a record begins with `?`, the whole record is a guess; any other
# value that begins with `?` is a guess by itself. `python -m seed accept FILE` accepts the records whose texts are
# written; once nothing is left to decide, it removes the lines with `|`, which repeat the text.
# `python -m seed check FILE` says what is left.
"""

MAX_DRAFT_LENGTH = 1_000_000
"""Maximum length in characters of a text to draft. A draft of this length takes about 12 seconds."""


def draft_bundle(text: str, origin: Origin, known: Known) -> str:
    """Return the draft of a bundle for a text, as YAML, with the sentences on which records rest as comments.

    Its source gets an id that no source or party has.
    """
    analysis = Analysis(lines(text), origin, known)
    statements = list(statement_records(analysis))
    positions = list(position_records(analysis, statements))
    later: dict[str, list[Commented]] = {
        "issues": list(_issues(analysis)),
        "events": list(event_records(analysis, statements)),
        "proposals": [proposal_record(analysis, topic) for topic in analysis.new_topics()],
        "positions": positions,
        "statements": [one.commented for one in statements],
    }
    acting = _acting(analysis, [one.record for records in later.values() for one in records])
    first: dict[str, list[Commented]] = {
        "sources": [Commented(source_record(analysis), [])],
        "negotiations": list(_negotiation(analysis)),
        "parties": [Commented(_party(analysis, party), []) for party in acting if not party.is_known],
    }
    header = HEADER + "".join(f"# {line}\n" for line in _hints(analysis, acting))
    return header + "".join(_without_speaker(analysis)) + to_text(first | later)


def _party(analysis: Analysis, party: Party) -> Record:
    principal = party.principal
    return {
        "id": guess(party.id),
        "name": party.name or None,
        "kind": party.kind or MARK,
        **({} if party.named else {"named": False}),
        **({"role": party.role} if party.role else {}),
        **({"principal": principal.id, "principal_basis": "stated"} if principal else {}),
        **({"country": party.country} if party.country else {}),
        **field_unless_empty("aliases", [one for one in party.aliases if one[0].isupper()]),
        "citations": [analysis.citation(number) for number in party.paragraphs[:MAX_CITATIONS]],
    }


def _negotiation(analysis: Analysis) -> Iterator[Commented]:
    if not analysis.origin.negotiation:
        states = analysis.sides()
        stub = {
            "id": guess(analysis.negotiation),
            "title": None,
            "summary": None,
            "parties": [state.id for state in states] or [MARK],
            "citations": [analysis.citation(1)],
        }
        yield Commented(stub, [])


def _issues(analysis: Analysis) -> Iterator[Commented]:
    by_issue = defaultdict[str, list[Topic]](list)
    for topic in analysis.new_topics():
        by_issue[topic.issue].append(topic)
    for issue, topics in by_issue.items():
        sentences = dict.fromkeys(sentence for topic in topics for sentence in topic.sentences)
        stub = {
            "id": guess(issue),
            "negotiations": [analysis.negotiation],
            "title": None,
            "summary": None,
            "citations": analysis.citations(sentences),
        }
        yield Commented(stub, [])


def _acting(analysis: Analysis, records: list[Record]) -> list[Party]:
    """Return the parties to which records refer, and the states of these, in the order of their first mention."""
    named = set(texts(records))
    found = [*analysis.issuers, *(party for party in analysis.parties.in_order() if party.id in named)]
    principals = [party.principal for party in found if party.principal]
    states = [] if analysis.origin.negotiation else analysis.sides()
    return list(dict.fromkeys([*found, *principals, *states]))


def _hints(analysis: Analysis, acting: list[Party]) -> Iterator[str]:
    """Yield comments on names that became no party, and on stored records that a paragraph may be about."""
    passive = {
        one.name: one.paragraphs for one in analysis.parties.in_order() if one not in acting and not one.is_known
    }
    names = [
        f"{name} ({', '.join(map(str, numbers))})" for name, numbers in (passive | analysis.parties.others).items()
    ]
    if names:
        yield from wrap(f"Names that became no party: {'; '.join(names)}", WIDTH)
    found = defaultdict[int, dict[str, None]](dict)
    for sentence in analysis.sentences:
        for plural in analysis.known.titles:
            found[sentence.paragraph] |= dict.fromkeys(f"{plural}/{id}" for id in analysis.matters[sentence][plural])
    yield from (f"Paragraph {number} may be about {', '.join(ids)}" for number, ids in found.items() if ids)


def _without_speaker(analysis: Analysis) -> Iterator[str]:
    """Yield comments with the quotations that became no statement, since nobody was found who says them."""
    found = [
        (sentence.paragraph, sentence.text[slice(*span)])
        for sentence in analysis.sentences
        for span in quotations(sentence)
        if not analysis.speakers.utterance(sentence, span).speakers
    ]
    if found:
        yield "# Quotations whose speaker was not found, which became no statement:\n"
        yield from (comment(number, words) for number, words in found)
