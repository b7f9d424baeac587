"""An issue: one matter that is negotiated, whatever the accounts call it."""

from schemas.fields import Reference, Text
from schemas.record import Cited, Negotiated, Record


class Issue(Cited, Negotiated, Record):
    """What is being negotiated. It collects the proposals and wordings that different accounts use for one matter."""

    plural = "issues"
    label = "title"
    example = "energy-strikes"
    brief = ("id", "title", "part_of_label", "attribution", "citations_paragraph")

    title = Text("What is negotiated, in a few words.", example="Strikes on energy sites", search=True)
    summary = Text(
        "Which proposals and wordings it collects, in the editors’ words.",
        example="A stop to strikes on energy sites, alone or with other infrastructure.",
        search=True,
    )
    part_of = Reference("issues", "The larger issue that it is part of.", example="general-ceasefire", nullable=True)
