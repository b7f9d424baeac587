"""Tables of a standing: CSV rows, and text for a terminal."""

from collections.abc import Iterable, Mapping
from typing import Any

from api.lists.qualifiers import capacity_in_words
from api.lists.readable_date import Translate, marked_date
from api.views import Data, Query, Rows
from api.views.accounts_table import contrast_text, entry_text
from api.views.position_columns import COLUMNS, position_cells
from api.views.stance_queries import SELECTION
from api.views.stance_rules import RULES
from api.views.text import BY, cite, differs_in_words, event_text, hanging, place_in_words, provenance
from schemas.derived import INFERRED
from schemas.position import INITIAL_STANCES
from schemas.vocabularies import EVENT_PROPOSAL_RELATIONS, PROPOSAL_STAGES

HEADER = ["party", "party_name", "capacity", "current", "current_accounts", *COLUMNS]
BY_DATE = "Positions, by date"
ON_PROPOSAL = "On this proposal, by date"
ON_VARIANTS = "On proposals that may be the same, by date"
"""The headings of positions: of an issue, and of a proposal and its variants."""
NARROWING = set(SELECTION) - {"as_of"}
"""The filters that leave positions out: with them, a missing position may be recorded."""
NOT_DONE = {
    "scheduled": "if it happens",
    "planned": "if it happens",
    "threatened": "if it happens",
    "cancelled": "called off",
    "alleged": "only alleged",
}
"""What is said of an event's effect on a proposal, if the event is not known to have happened."""


def csv_rows(standing: Data, query: Query) -> Rows:
    """Return a row for each position, whether it is current, and on which accounts."""
    current = current_positions(standing["parties"])
    return [
        HEADER,
        *(_row(party, position, current) for party in standing["parties"] for position in party["history"]),
    ]


def table_text(standing: Data, query: Query) -> str:
    """Return the standing as text: positions by date, proposals, conditions, events, differences and questions."""
    width = query["width"]
    unknown, none = missing_stage(standing), _nothing_recorded(standing, query)
    history = {heading: _positions(standing, own, none, width) for heading, own in history_sections(standing).items()}
    notes = [hanging(BY, width, "  ")] if has_open_start(standing) else []
    history[list(history)[-1]] += [*_differences(standing["parties"], width), *notes]
    conditions = [_condition(condition, none, width) for condition in standing["conditions"]]
    sections = {
        "": [hanging(standing["title"], width)],
        **history,
        "Spoke of it, no position": [hanging(party["name"], width, "  ") for party in standing["discussed"]],
        "Proposals": [_proposal(proposal, unknown, width) for proposal in standing["proposals"]],
        "Conditions, and where they stand": conditions,
        "What else was said": [entry_text(entry, width, depth=2) for entry in standing["statements"]],
        "Events": [_event(event, width) for event in standing["events"]],
        "In what the accounts differ": [
            hanging(contrast_text(contrast), width, "  ", 4) for contrast in standing["contrasts"]
        ],
        "Open questions": [_question(question, width) for question in standing["questions"]],
    }
    parts = ["\n".join(filter(None, [title, *lines])) for title, lines in sections.items() if lines]
    if any(party["differs"] for party in standing["parties"]):
        parts.append(hanging(RULES["differs"], width, "differ: ", 4))
    return "\n\n".join(parts)


def missing_stage(standing: Data, translate: Translate = str) -> str:
    """Return the text in place of the stage of a proposal without one."""
    return translate("stage not known by then" if standing["meta"]["as_of"] else "no stage stated")


def current_positions(parties: Iterable[Data]) -> dict[str, Data]:
    """Return the positions of a standing that no later one has replaced on all their accounts, by id."""
    return {position["position"]: position for party in parties for position in party["positions"]}


def replacement_in_words(position: Data, current: Mapping[str, Data], translate: Translate = str) -> str:
    """Return that a later position has replaced one, on the same account or on one of several; "" if none has."""
    lasting = current.get(position["position"])
    if lasting is None:
        return translate("replaced by a later one on the same account")
    if len(lasting["accounts"]) == len(position["accounts"]):
        return ""
    still = lasting["attribution"].removesuffix(INFERRED)
    return translate("replaced by a later one, but not on this account: {account}").format(account=still)


def _row(party: Data, position: Data, current: Mapping[str, Data]) -> list[Any]:
    lasting = current.get(position["position"])
    accounts = lasting["accounts"] if lasting else []
    holder = [party["party"], party["name"], capacity_in_words(position) or None]
    return [*holder, lasting is not None, accounts, *position_cells(position)]


def history_sections(standing: Data) -> dict[str, list[Data]]:
    """Return all positions by heading, in the order of their dates.

    In the standing of a proposal, positions on its variants have their own heading: a variant may be another matter.
    """
    every = in_order([position for party in standing["parties"] for position in party["history"]])
    if standing["type"] != "proposals":
        return {BY_DATE: every}
    own = [position for position in every if position["proposal"] == standing["id"]]
    others = [position for position in every if position["proposal"] != standing["id"]]
    return {ON_PROPOSAL: own, **({ON_VARIANTS: others} if others else {})}


def has_open_start(standing: Data) -> bool:
    """Return whether some position is known only to have been taken by a day."""
    every = (position for party in standing["parties"] for position in party["history"])
    return any(one["date"] and not one["date_earliest"] for one in every)


def holder_names(standing: Data) -> dict[str, str]:
    """Return the names of the parties with positions, by id."""
    return {party["party"]: party["name"] for party in standing["parties"]}


def _nothing_recorded(standing: Data, query: Query) -> str:
    """Return the note that replaces an empty list of positions."""
    if query.keys() & NARROWING:
        return "no position matches the filters"
    return "no position is recorded by that day" if standing["meta"]["as_of"] else "no position is recorded"


def _positions(standing: Data, positions: list[Data], none: str, width: int) -> list[str]:
    """Return positions as lines, or `none` for an empty list."""
    current, names = current_positions(standing["parties"]), holder_names(standing)
    lines = [_position(position, names, current, width) for position in positions]
    return lines or [f"  {none.capitalize()}."]


def _differences(parties: list[Data], width: int) -> list[str]:
    """Return a line for each party whose accounts differ, with the kinds of difference."""
    return [
        hanging(f"{party['name']}: {differs_in_words(party['differs'])}.", width, "  ")
        for party in parties
        if party["differs"]
    ]


def in_order(positions: list[Data]) -> list[Data]:
    """Return positions by the first day they may have been taken; with an open start, by the last.

    Who proposed something by some day stands before whoever took a position on it by then.
    """
    first: dict[str, str] = {}
    for one in positions:
        if one["date_earliest"]:
            first[one["proposal"]] = min(first.get(one["proposal"], "~"), one["date_earliest"])

    def key(one: Data) -> tuple[str, bool, bool]:
        day, is_initial = one["date_earliest"] or one["date_latest"] or "~", one["stance"] in INITIAL_STANCES
        if is_initial and one["date"] and one["date_earliest"] is None:
            day = min(day, first.get(one["proposal"], day))
        return day, not is_initial, one["date_earliest"] is not None

    return sorted(positions, key=key)


def _position(position: Data, names: dict[str, str], current: Mapping[str, Data], width: int) -> str:
    inferred = "" if position["explicit"] else INFERRED
    replacement = replacement_in_words(position, current)
    replaced = f" [{replacement}]" if replacement else ""
    place = place_in_words(position, [])
    text = f"{names[position['party']]} {position['label']}{inferred}: {position['title']} ({place}){replaced}"
    return hanging(text, width, f"  {marked_date(position)}  ", 6)


def _proposal(proposal: Data, unknown: str, width: int) -> str:
    stage = PROPOSAL_STAGES.terms[proposal["stage"]].label if proposal["stage"] else unknown
    text = f"{proposal['title']}: {stage} ({provenance(proposal)})"
    return hanging(text, width, "  ", 4)


def _condition(condition: Data, none: str, width: int) -> str:
    standing = [
        f"{party['name']} {position['label']} ({provenance(position)})"
        for party in condition["standing"]
        for position in party["positions"]
    ]
    return hanging(f"{condition['title']}: {'; '.join(standing) or none}", width, "  ", 4)


def _event(event: Data, width: int) -> str:
    effect = ""
    if event["proposal"]:
        relation = EVENT_PROPOSAL_RELATIONS.terms[event["relation"]].label
        unconfirmed = f" ({NOT_DONE[event['status']]})" if event["status"] in NOT_DONE else ""
        effect = f": {relation}{unconfirmed}: {event['proposal_title']}"
    return event_text(event, width, "  ", effect)


def _question(question: Data, width: int) -> str:
    note = f" {question['note']}" if question["note"] else ""
    place = f"{question['attribution']}, {cite(question['citations'])}"
    text = f"{question['question']} [{question['status']}]{note} ({place})"
    return hanging(text, width, "  ", 4)
