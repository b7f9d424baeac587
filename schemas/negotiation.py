"""A negotiation: the dossier that groups events, proposals, positions and statements."""

from schemas.fields import Reference, Text, UniqueList
from schemas.record import Cited, Record


class Negotiation(Cited, Record):
    """A matter that parties negotiate over, kept apart from others so that a matrix of stances stays meaningful."""

    plural = "negotiations"
    label = "title"
    example = "ukraine-war-settlement"
    brief = ("id", "title", "parties_label")

    title = Text("What is negotiated, in our words.", example="Ending the war in Ukraine", search=True)
    summary = Text(
        "What it is about, in our words.", example="Efforts to stop the fighting and settle the war.", search=True
    )
    parties = UniqueList(
        Reference("parties", "A principal.", example="russia"),
        "The principals that negotiate.",
        least=1,
        filter="party",
    )
