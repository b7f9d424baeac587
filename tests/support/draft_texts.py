"""Texts to draft, invented, each with the ids of its issuers."""

from tests.support.bundle_files import SOURCES, read_document

OFFER = """
Statement of Egypt

1 May 2031

President Ana Tem of Sudan met Prime Minister Omar Sayed of Egypt in Cairo on 30 April 2031.

Sudan is ready to open the gates of the dam, provided that Egypt returns the engineers.

Omar Sayed welcomed this step. The two sides agreed to repair the bridge.
"""
OWN_TEXT = """
Statement of Egypt and Sudan
1 May 2031
The Sudanese delegation stressed that the gates must be opened by 1 June 2031.
Both sides agreed to open them.
"""
CONDITION = """
20 June 2031

Lesovia agrees to halt its fire on the wall and the turbine hall of the Sovran Dam for thirty days, provided that
Kardania first withdraws its guns from the crest of the dam.
""".replace("that\n", "that ")
"""Its proposal and the condition are among the records of the sources."""
OFFICE = "6 May 2031. Poland’s defence ministry said it accepted the ceasefire. “We agree,” the ministry said."
"""It names the state only in the possessive of its office."""
Issued = tuple[str, tuple[str, ...]]


def source_texts() -> list[Issued]:
    """Return the texts of the sources."""
    issuers = (read_document(path)["sources"][0].get("issued_by", []) for path in SOURCES)
    return [(path.with_suffix(".txt").read_text(), tuple(ids)) for path, ids in zip(SOURCES, issuers, strict=True)]


DRAFT_TEXTS: list[Issued] = [
    *source_texts(),
    *((text, ("lesovia",)) for text, _ in source_texts()),
    (OFFER, ("egypt",)),
    (OWN_TEXT, ("egypt", "sudan")),
    (CONDITION, ("lesovia",)),
    (OFFICE, ()),
    (OFFICE, ("poland",)),
]
