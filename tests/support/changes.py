"""Changes of records in a database of three bundles: the article, the second one, and one that adds."""

from collections.abc import Callable
from pathlib import Path

from seed.life import merge, rename, withdraw
from seed.storage.references import RecordRef
from seed.storage.writer import Authorship

BY = Authorship("A. Editor", "A mistake.")
POSITION = RecordRef("positions", "ukraine-rejects-invented-pause")
PROPOSAL = RecordRef("proposals", "invented-pause")
SOURCE = RecordRef("sources", "invented-article")
Change = Callable[[Path], object]
CHANGES: dict[str, Change] = {
    "withdraw a record": lambda path: withdraw(path, POSITION, BY),
    "withdraw an addition": lambda path: withdraw(path, RecordRef("additions", "name"), BY),
    "withdraw a source": lambda path: withdraw(path, SOURCE, BY),
    "withdraw a source that adds": lambda path: withdraw(path, RecordRef("sources", "adding"), BY),
    "rename a party with an addition": lambda path: rename(path, RecordRef("parties", "zelenskyy"), "zelensky", BY),
    "rename a principal": lambda path: rename(path, RecordRef("parties", "russia"), "russian-federation", BY),
    "rename an event": lambda path: rename(path, RecordRef("events", "trump-putin-call"), "the-call", BY),
    "rename a proposal": lambda path: rename(path, PROPOSAL, "three-days", BY),
    "rename an issue": lambda path: rename(path, RecordRef("issues", "general-ceasefire"), "ceasefire", BY),
    "rename a source": lambda path: rename(path, RecordRef("sources", "trump-putin-call-article"), "article", BY),
    "rename a source that adds": lambda path: rename(path, RecordRef("sources", "adding"), "added", BY),
    "merge proposals": lambda path: merge(path, PROPOSAL, "energy-strikes-halt", BY),
}
