"""A private copy of the database with drafts in it, to look at them before they are published."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from sqlite3 import connect

from schemas.errors import FieldError
from seed.bundle_files import Document, read_bundles
from seed.bundles import default_bundles, load, load_bundles
from seed.draft.guesses import Guess
from seed.errors import BundleError, InvalidBundles
from seed.storage.sqlite_file import is_built, open_readonly


class UnfinishedDrafts(InvalidBundles):
    """Drafts that cannot be looked at yet: what is wrong in them, then what is undecided."""

    def __str__(self) -> str:
        undecided = [str(one) for one in self.errors if isinstance(one.error, Guess)]
        wrong = [str(one) for one in self.errors if not isinstance(one.error, Guess)]
        parts = (("To correct or to write", wrong), ("Still undecided", undecided))
        blocks = ("\n".join([f"{title} ({len(lines)}):", *lines]) for title, lines in parts if lines)
        more = ["There are more errors, which are not shown."] if self.is_truncated else []
        return "\n".join(["Not valid yet, so it is not served.", *blocks, *more])


def copy_with_drafts(drafts: Sequence[Path], database: Path, copy: Path) -> None:
    """Copy the database, or build one from the default bundles if it is missing, and load drafts into the copy.

    The mark `draft: true` is ignored; everything else must be as `check` wants it. Raises UnfinishedDrafts.
    """
    documents = [_read_draft(path) for path in drafts]
    if is_built(database):
        with closing(open_readonly(database)) as source, closing(connect(copy)) as target:
            source.backup(target)
    else:
        load(default_bundles(), copy)
    try:
        load_bundles(documents, copy)
    except InvalidBundles as invalid:
        raise UnfinishedDrafts(invalid.errors, invalid.is_truncated) from None


def _read_draft(path: Path) -> Document:
    """Return a YAML bundle without the mark of a draft. Raises InvalidBundles if it cannot be read, or is no YAML."""
    (bundle,) = read_bundles([path])
    if not isinstance(bundle, Document):
        raise InvalidBundles([BundleError(path, 0, FieldError("", "Is a stream. A draft is a YAML bundle."))])
    data = bundle.document.data
    if isinstance(data, dict):
        data = {name: value for name, value in data.items() if name != "draft"}
    return Document(path, replace(bundle.document, data=data))
