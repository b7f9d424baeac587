"""An event: something that happened, goes on, is planned, is threatened or is alleged."""

from marshmallow import fields

from schemas import plover, vocabularies
from schemas.fields import Code, Coordinate, CountryCode, Reference, Text, UniqueList, VocabularyTerm
from schemas.record import Accounted, Cited, Dated, Negotiated, Record, Strict


class Place(Strict):
    """Where something happens."""

    name = Text("The place, as the source names it.", example="Jeddah", search=True)
    country = CountryCode("The country it is in (ISO 3166-1 alpha-2).", example="SA", filter="country")
    lat = Coordinate("Latitude; outside knowledge.", limit=90, example=21.54)
    lon = Coordinate("Longitude; outside knowledge.", limit=180, example=39.17)


class Participant(Strict):
    """Who takes part, and as what."""

    party = Reference("parties", "The party.", example="putin", filter="party", is_actor=True)
    role = VocabularyTerm(vocabularies.PARTICIPANT_ROLES, "What it does there.")


class EventRelation(Strict):
    """How the event relates to another."""

    event = Reference("events", "The other event.", example="trump-putin-call", filter="related_to")
    relation = VocabularyTerm(vocabularies.EVENT_RELATIONS, "This event … the other one.")


class Plover(Strict):
    """The event in PLOVER's terms: what, how and in which field."""

    event = VocabularyTerm(plover.PLOVER_EVENTS, "PLOVER's event type.")
    mode = VocabularyTerm(plover.PLOVER_MODES, "PLOVER's mode, for the types that have one.", nullable=True)
    context = UniqueList(VocabularyTerm(plover.PLOVER_CONTEXTS, "A context."), "PLOVER's contexts.")


class Codes(Strict):
    """Our crosswalk to the codes of event data sets."""

    cameo = Code(
        "CAMEO 0.7b5.", pattern="[0-9]{2,4}", form="two to four digits, as in '041'", example="041", nullable=True
    )
    plover = fields.Nested(
        Plover, allow_none=True, load_default=None, metadata={"description": "PLOVER's event, mode and contexts."}
    )


class Event(Cited, Accounted, Dated, Negotiated, Record):
    """Something that happened, goes on, is scheduled or planned, is threatened, or is alleged: `status` says which."""

    plural = "events"
    label = "title"
    example = "trump-putin-call"
    state_column = "status"
    brief = ("date", "title", "kind", "status", "id")

    title = Text("What happens, in our words.", example="Trump and Putin speak by telephone", search=True)
    summary = Text(
        "What the source says of it, in our words.", example="The two presidents speak about Ukraine.", search=True
    )
    kind = VocabularyTerm(vocabularies.EVENT_KINDS, "What sort of event it is.")
    status = VocabularyTerm(
        vocabularies.EVENT_STATUSES, "Whether it occurred, goes on, is to come, or is only said to be so."
    )
    place = fields.Nested(
        Place, allow_none=True, load_default=None, metadata={"description": "Where; null where not stated."}
    )
    participants = UniqueList(fields.Nested(Participant), "Who takes part, and as what.")
    relations = UniqueList(fields.Nested(EventRelation), "How it relates to other events.")
    codes = fields.Nested(
        Codes,
        allow_none=True,
        load_default=None,
        metadata={"description": "CAMEO and PLOVER codes; null where none fits."},
    )
