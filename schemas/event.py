"""An event: something that happened, is going on, is to come, is threatened or is alleged."""

from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from schemas import plover, vocabularies
from schemas.dates import has_day, is_day
from schemas.fields import Code, Coordinate, CountryCode, Reference, Text, UniqueList, VocabularyTerm
from schemas.record import Accounted, Cited, Dated, Negotiated, Record, Strict

TO_COME = ("scheduled", "planned")
"""The statuses of events that are still to come."""
HAPPENED = ("occurred", "ongoing")
"""The statuses of events that have at least begun."""


class Place(Strict):
    """The place of an event."""

    name = Text("The place as the source names it.", example="Jeddah", search=True)
    country = CountryCode("The country it is in (ISO 3166-1 alpha-2).", example="SA", filter="country")
    lat = Coordinate("Latitude, which is not from the source.", limit=90, example=21.54)
    lon = Coordinate("Longitude, which is not from the source.", limit=180, example=39.17)

    @validates_schema
    def check_coordinates(self, data: dict[str, Any], **kwargs: Any) -> None:
        """Require both coordinates or neither."""
        if (data["lat"] is None) != (data["lon"] is None):
            raise ValidationError(
                "Write both latitude and longitude, or neither.", "lat" if data["lat"] is None else "lon"
            )


class Participant(Strict):
    """A party that takes part in an event, and its role."""

    party = Reference("parties", "The party.", example="putin", filter="party", is_actor=True)
    role = VocabularyTerm(vocabularies.PARTICIPANT_ROLES, "What the party does in the event.")


class EventRelation(Strict):
    """A relation of the event to another."""

    event = Reference("events", "The other event.", example="trump-putin-call", filter="related_to")
    relation = VocabularyTerm(vocabularies.EVENT_RELATIONS, "How this event relates to the other one.")


class EventProposal(Strict):
    """A proposal that the event concerns, and what the event does to it, or is to do if it has not happened."""

    proposal = Reference("proposals", "The proposal.", example="energy-strikes-halt", filter="proposal")
    relation = VocabularyTerm(
        vocabularies.EVENT_PROPOSAL_RELATIONS, "What the event does, or is to do, to the proposal."
    )


class Plover(Strict):
    """The event in the terms of PLOVER: type, mode and contexts."""

    event = VocabularyTerm(plover.PLOVER_EVENTS, "The PLOVER event type.")
    mode = VocabularyTerm(plover.PLOVER_MODES, "The PLOVER mode, for types that have modes.", nullable=True)
    context = UniqueList(VocabularyTerm(plover.PLOVER_CONTEXTS, "A PLOVER context."), "The PLOVER contexts.")

    @validates_schema
    def check_mode(self, data: dict[str, Any], **kwargs: Any) -> None:
        """Require a mode of the event type, if there is a mode."""
        modes = plover.MODES_BY_EVENT.get(data["event"], set())
        if data["mode"] is not None and data["mode"] not in modes:
            allowed = f"one of {', '.join(sorted(modes))}, or null" if modes else "null"
            raise ValidationError(f"{data['mode']!r} is not a mode of {data['event']}. Write {allowed}.", "mode")


class Codes(Strict):
    """The codes of the event in event data sets, assigned by the editors of Readout."""

    cameo = Code(
        "The CAMEO 0.7b5 code.",
        pattern="(0[1-9]|1[0-9]|20)[0-9]{0,2}",
        form="'01' to '20' with up to two more digits, as in '041'",
        example="041",
        nullable=True,
    )
    plover = fields.Nested(
        Plover,
        allow_none=True,
        load_default=None,
        metadata={"description": "The PLOVER event type, mode and contexts."},
    )


class Event(Cited, Accounted, Dated, Negotiated, Record):
    """Something that happened, is going on, is to come, is threatened or is alleged: `status` says which."""

    plural = "events"
    label = "title"
    example = "trump-putin-call"
    state_column = "status"
    brief = ("date", "title", "kind", "status", "attribution", "citations_paragraph")

    title = Text("What happens, in the editors’ words.", example="Trump and Putin hold a call", search=True)
    summary = Text(
        "What the source says about it, in the editors’ words.",
        example="The two presidents speak about Ukraine.",
        search=True,
    )
    issues = UniqueList(
        Reference(
            "issues",
            "An issue that it concerns itself; `/timeline` also has it under those of its proposals.",
            example="energy-strikes",
        ),
        "The issues it concerns; `[]` for an occasion, such as a call or a readout, whose records have their own.",
        filter="issue",
    )
    kind = VocabularyTerm(vocabularies.EVENT_KINDS, "What sort of event it is.")
    status = VocabularyTerm(
        vocabularies.EVENT_STATUSES, "Whether it happened, is going on, is to come, or is only alleged or threatened."
    )
    time = Code(
        "The time of day with its offset, for an event on one known day; null if not stated.",
        pattern=r"(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d)?(?:Z|[+-](?:0\d|1[0-4]):[0-5]\d)",
        form="a time of day with an offset, as in '15:30+03:00'",
        example="15:30+03:00",
        nullable=True,
    )
    place = fields.Nested(
        Place, allow_none=True, load_default=None, metadata={"description": "Where it happens; null if not stated."}
    )
    participants = UniqueList(fields.Nested(Participant), "The parties that take part, and their roles.")
    relations = UniqueList(fields.Nested(EventRelation), "Its relations to other events.")
    proposals = UniqueList(fields.Nested(EventProposal), "The proposals it concerns, and what it does to each.")
    codes = fields.Nested(
        Codes,
        allow_none=True,
        load_default=None,
        metadata={"description": "CAMEO and PLOVER codes; null if none fits."},
    )

    @classmethod
    def may_date_others(cls, data: dict[str, Any]) -> bool:
        """Return whether its date may be known from elsewhere: other dates may be counted from it."""
        return True

    @validates_schema
    def check_status(self, data: dict[str, Any], **kwargs: Any) -> None:
        """Require what the definition of the status, and a time of day, say about date, place and account."""
        if data["time"] is not None and not is_day(data["date"]):
            raise ValidationError("Needs a date that is one day.", "time")
        has_day_or_place = is_day(data["date"]) or data["place"] is not None
        if data["status"] == "scheduled" and not has_day(data["date"]) and data["place"] is None:
            raise ValidationError("Needs a day or a place if it is `scheduled`; otherwise write `planned`.", "status")
        if data["status"] == "planned" and has_day_or_place:
            raise ValidationError("Must be `scheduled`, not `planned`: the event has a day or a place.", "status")
        if data["status"] == "alleged" and data["voice"] != "party":
            raise ValidationError("Must be `party` if the event is `alleged`: name the party that alleges it.", "voice")
