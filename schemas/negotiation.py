"""A negotiation: the dossier that groups parties, events, proposals and statements."""

from schemas.fields import Reference, Text, UniqueList
from schemas.record import Cited, Record


class Negotiation(Cited, Record):
    """A matter that could be settled apart from others. It groups events, proposals and statements."""

    plural = "negotiations"
    label = "title"
    example = "ukraine-war-settlement"
    brief = ("id", "title", "parties_label", "attribution", "citations_paragraph")

    title = Text("What is negotiated.", example="Ending the war in Ukraine", search=True)
    summary = Text(
        "What it is about, in the editors’ words.",
        example="Efforts to stop the fighting and settle the war.",
        search=True,
    )
    parties = UniqueList(
        Reference("parties", "A party.", example="russia"),
        "The states or bodies that negotiate.",
        least=1,
        filter="party",
    )
