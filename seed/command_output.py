"""What commands print: lines for people, and one JSON object for programs."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from schemas import RECORDS
from seed.doctor.results import CheckResult
from seed.draft.similar_records import SimilarRecord
from seed.errors import BundleError, InvalidBundles
from seed.life import Revision
from seed.storage.mapping import singular
from seed.storage.tables import Action
from seed.storage.writer import LoadResult, count_by_action

MAX_NOT_LOADED = 20
"""Number of bundles that `load` names in its text as not loaded."""


def to_line(data: Mapping[str, Any]) -> str:
    """Return an object as one line of JSON, in ASCII, which every terminal and pipe takes."""
    return json.dumps(data)


def error_json(error: BundleError) -> dict[str, Any]:
    """Return an error of a bundle as JSON; a line of null means the whole file."""
    return {
        "file": str(error.path),
        "line": error.line or None,
        "pointer": error.error.pointer,
        "message": error.error.detail,
        "allowed": list(error.error.allowed),
        "did_you_mean": error.error.did_you_mean,
    }


def validity_json(
    counts: Mapping[str, int], invalid: InvalidBundles | None = None, warnings: Iterable[BundleError] = ()
) -> dict[str, Any]:
    """Return as JSON whether bundles are valid, the number of their records by type, errors and warnings."""
    return {
        "valid": not invalid,
        "records": dict(counts),
        "errors": [error_json(error) for error in invalid.errors] if invalid else [],
        "warnings": [error_json(warning) for warning in warnings],
        "truncated": bool(invalid and invalid.is_truncated),
    }


def valid_text(paths: Iterable[Path], counts: Mapping[str, int]) -> str:
    """Return that bundles are valid, and the number of their records by type, as text."""
    return f"{', '.join(map(str, paths))}: valid, {format_counts(counts)}"


def load_json(database: Path, result: LoadResult) -> dict[str, Any]:
    """Return the result of a load as JSON."""
    return {
        "database": str(database),
        "revision": result.revision,
        "changes": count_by_action(result.changes),
        "not_loaded": list(result.not_loaded),
    }


def not_loaded_text(ids: Sequence[str]) -> str:
    """Return the stored bundles that were not in a load as text, with how to withdraw one."""
    more = f" and {len(ids) - MAX_NOT_LOADED} more" if len(ids) > MAX_NOT_LOADED else ""
    return (
        f"No file gives these bundles, whose records stay: {', '.join(ids[:MAX_NOT_LOADED])}{more}. To withdraw one: "
        f"python -m seed withdraw sources/{ids[0]} --author NAME --reason WHY"
    )


def revision_json(database: Path, result: Revision) -> dict[str, Any]:
    """Return a change of single records as JSON, with the bundles whose files need the same change."""
    return {
        "database": str(database),
        "revision": result.number,
        "changes": count_by_action(result.changes),
        "bundles": result.bundles,
    }


def checks_json(database: Path, results: Sequence[CheckResult]) -> dict[str, Any]:
    """Return the results of the checks of a database as JSON."""
    return {
        "database": str(database),
        "passed": all(result.passed for result in results),
        "checks": [result._asdict() for result in results],
    }


def suggestion_json(bundle: Path, line: int, found: SimilarRecord) -> dict[str, Any]:
    """Return a suggestion as JSON: a record of a bundle and a similar stored one."""
    return {"file": str(bundle), "line": line, **found._asdict()}


def format_changes(changes: Mapping[Action, int]) -> str:
    """Return how many records were created, updated and deleted, as text."""
    counts = count_by_action(changes).items()
    return ", ".join(f"{count} {action}d" for action, count in counts if count) or "no changes"


def format_counts(counts: Mapping[str, int]) -> str:
    """Return the number of records by type, as text."""
    return ", ".join(
        f"{counts[plural]} {plural if counts[plural] > 1 else singular(plural)}" for plural in RECORDS if counts[plural]
    )
