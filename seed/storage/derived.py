"""What is derived from records once all of a load are written: additions, then attribution, then the timeline."""

from sqlite_utils import Database

from seed.storage import additions, attribution, timeline
from seed.storage.dirty import drop_dirty, mark_changed


def update_derived(db: Database, revision: int) -> None:
    """Derive again what depends on the records that a revision has changed."""
    mark_changed(db, revision)
    additions.update_additions(db)
    attribution.mark_dependents(db)
    timeline.mark_dependents(db)
    attribution.update_attribution(db)
    timeline.update_timeline(db)
    drop_dirty(db)
