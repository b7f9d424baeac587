"""One load: every record of the given files through its schema into the file, and every fault told where it stands."""

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from pathlib import Path
from typing import Any, NamedTuple

from sqlite_utils import Database

from schemas import RECORDS
from schemas.bundle import entries, misshapen, references
from schemas.faults import Fault, pointer_to
from schemas.record import Cited
from seed.checks import MOST_SUGGESTIONS, SUGGESTED_FROM, cited_beyond
from seed.document import Document
from seed.examined import examined, finished
from seed.flaws import MOST_FAULTS, Flaw, Flawed, leads_nowhere, owned, repeated
from seed.references import Dangling, Place, beyond_the_end, leading_nowhere
from seed.stream import NoRecord, lines, record_in
from seed.tables import index, unindex
from seed.workers import spread
from seed.writer import A_BATCH, Applied, Given, Writer


@dataclass(frozen=True)
class Progress:
    """Who is told how far a load is: of every few bytes that are read, and of every step that follows."""

    read: Callable[[int], object]
    step: Callable[[str], object]


A_CHUNK = 200
"""How many lines are examined at a time."""
ALONE = 8 * 1024 * 1024
"""How many bytes of a stream one process reads in less time than it takes to start others."""
SILENT = Progress(lambda _: None, lambda _: None)


class StillReferred(Exception):
    """A record that would be deleted is referred to by others."""

    @classmethod
    def by(cls, dangling: Iterable[Dangling]) -> "StillReferred":
        """The refusal that names those others."""
        told = sorted(
            {f"{one.holder.plural}/{one.holder.id} refers to one of the {one.target.plural}" for one in dangling}
        )
        return cls("\n".join(f"{refers} that would be gone." for refers in told))


class Entry(NamedTuple):
    """A record as it stands in a file: on a line of its own, or somewhere within a document."""

    path: Path
    plural: str
    record: dict[str, Any]
    line: int = 0
    document: Document | None = None
    within: str = ""

    @property
    def place(self) -> Place:
        """Which record it says it is."""
        return Place(self.plural, str(self.record.get("id")))

    def flaw(self, fault: Fault) -> Flaw:
        """A fault in this record, which points into it."""
        there = replace(fault, pointer=self.within + fault.pointer)
        return Flaw(self.path, self.document.line(there.pointer) if self.document else self.line, there)


class Loading:
    """A load of some files, each a document that has been read or a stream that has not."""

    def __init__(
        self, db: Database, paths: Sequence[Path], documents: Mapping[Path, Document], progress: Progress
    ) -> None:
        self.db, self.paths, self.documents, self.progress = db, paths, documents, progress
        self.flaws: list[Flaw] = []
        self.unsound: set[Place] = set()
        """Records with a fault, which are not in the file and yet there to be referred to."""

    def run(self) -> Applied:
        """Bring them in, or raise what is wrong with them; what that changed."""
        writer = Writer(self.db)
        anew = writer.before == 0 or self._is_more_than_the_file()
        if anew:
            unindex(self.db)
        with closing(self._given()) as given:
            while batch := list(islice(given, A_BATCH)):
                for place in writer.put([record for _, record in batch]):
                    entry = batch[place][0]
                    self._tell(entry.flaw(repeated("/id", *entry.place)))
        if anew:
            self.progress.step("Making the timeline")
            writer.renew_timeline()
            self.progress.step("Making the indexes")
            index(self.db)
        applied = writer.finish()
        self._look_after_references(writer, None if anew or "delete" in applied.changes else applied.revision)
        if self.flaws:
            raise Flawed(self.flaws)
        return applied

    def _is_more_than_the_file(self) -> bool:
        """Whether most of what the file will hold is new, so that it takes less time to make its indexes anew."""
        (held,) = self.db.execute("select page_count * page_size from pragma_page_count, pragma_page_size").fetchone()
        return bool(held < sum(path.stat().st_size for path in self.paths))

    def _tell(self, flaw: Flaw) -> None:
        if len(self.flaws) == MOST_FAULTS:
            raise Flawed(self.flaws, more=True)
        self.flaws.append(flaw)

    def _given(self) -> Generator[tuple[Entry, Given]]:
        """Every record that is sound by itself, with where it stands; what is wrong with the others is told."""
        for path in self.paths:
            document = self.documents.get(path)
            bundle = "" if document else None
            for entry, faults in self._of_document(path, document) if document else self._of_stream(path):
                if entry.plural == "sources":
                    bundle = entry.place.id
                if bundle is None and entry.plural:
                    faults.append(Fault("", "Stands before any source; a source opens the bundle read from it."))
                for fault in faults:
                    self._tell(entry.flaw(fault))
                if faults:
                    self.unsound.add(entry.place)
                else:
                    yield entry, Given(entry.plural, bundle or "", entry.record)

    def _of_document(self, path: Path, document: Document) -> Iterator[tuple[Entry, list[Fault]]]:
        for fault in misshapen(document.data):
            yield Entry(path, "", {}, document=document), [fault]
        for plural, place, item in entries(document.data):
            record, faults = finished(plural, item)
            yield Entry(path, plural, record, document=document, within=pointer_to(plural, place)), faults

    def _of_stream(self, path: Path) -> Iterator[tuple[Entry, list[Fault]]]:
        held = lines(path, self.progress.read)
        chunks = iter(lambda: list(islice(held, A_CHUNK)), [])
        found = False
        for number, plural, record, faults in chain.from_iterable(
            spread(examined, chunks) if path.stat().st_size > ALONE else map(examined, chunks)
        ):
            found = True
            yield Entry(path, plural, record, number), faults
        if not found:
            yield Entry(path, "", {}, 1), [Fault("", "Holds no record.")]

    def _again(self) -> Iterator[Entry]:
        """Every record as it is given, read once more."""
        for path in self.paths:
            if document := self.documents.get(path):
                for plural, place, item in entries(document.data):
                    yield Entry(path, plural, item, document=document, within=pointer_to(plural, place))
                continue
            for number, text in lines(path):
                with suppress(NoRecord):
                    yield Entry(path, *record_in(text), number)

    def _look_after_references(self, writer: Writer, changed_in: int | None) -> None:
        """Tell what leads out of the file; the files are read again for where that stands, only if there is any."""
        self.progress.step("Looking after references")
        elsewhere = dict(islice(writer.moved_from_elsewhere(), MOST_FAULTS + 1))
        missing = (found for found in leading_nowhere(self.db, changed_in) if found.target not in self.unsound)
        dangling = list(islice(missing, MOST_FAULTS + 1))
        cited = set(islice(beyond_the_end(self.db, changed_in), MOST_FAULTS + 1))
        holders = {found.holder for found in dangling}
        suspects = Suspects(self.db, elsewhere, {found.target for found in dangling})
        if elsewhere or holders or cited:
            for entry in self._again():
                if entry.place in elsewhere.keys() | holders | cited:
                    holders.discard(entry.place)
                    for fault in suspects.faults(entry):
                        self._tell(entry.flaw(fault))
        if holders and not self.flaws:
            raise StillReferred.by(found for found in dangling if found.holder in holders)


@dataclass(frozen=True)
class Suspects:
    """What leads nowhere, and what belongs to a bundle that is not given: enough to find where that is said."""

    db: Database
    elsewhere: dict[Place, str]
    absent: set[Place]
    suggestions: Iterator[int] = field(default_factory=lambda: iter(range(MOST_SUGGESTIONS)))

    def faults(self, entry: Entry) -> Iterator[Fault]:
        """What is wrong between a record and the others."""
        plural, id = entry.place
        if entry.place in self.elsewhere:
            yield owned("/id", id, self.elsewhere[entry.place])
        for pointer, to, target in references({plural: [entry.record]}):
            if Place(to, target) in self.absent:
                yield leads_nowhere(pointer.removeprefix(f"/{plural}/0"), to, target, self._known(to))
        yield from cited_beyond(entry.record, self._lengths(plural, id))

    def _known(self, plural: str) -> list[str]:
        """Ids to suggest from, as long as it is worth it."""
        if next(self.suggestions, None) is None:
            return []
        return sorted(id for (id,) in self.db.execute(f'select id from "{plural}" limit {SUGGESTED_FROM}'))

    def _lengths(self, plural: str, id: str) -> dict[str, int]:
        if not issubclass(RECORDS[plural], Cited):
            return {}
        cited = f'select source from "{plural}_citations" where id = ?'
        return dict(self.db.execute(f"select id, paragraphs from sources where id in ({cited})", [id]).fetchall())
