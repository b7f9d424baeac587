"""The licence of the data, as the operator states it in READOUT_DATA_LICENSE, in words and for a data package."""

from flask import current_app

from seed.settings import Settings

QUOTATIONS = "Quotations are short and belong to their speakers and publishers; no licence of this data covers them."
NOT_STATED = "No licence is stated: ask the operator of this server before you publish the data again."


def license_text() -> str:
    """Return what may be done with the data, in two sentences."""
    stated = _configured_license()
    return f"{f'The licence is {stated}.' if stated else NOT_STATED} {QUOTATIONS}"


def package_license() -> dict[str, str] | None:
    """Return the license of a Data Package, with `name` or `path`; None if no licence is stated."""
    stated = _configured_license()
    return {"path" if stated.startswith("https://") else "name": stated} if stated else None


def _configured_license() -> str | None:
    settings: Settings = current_app.extensions["settings"]
    return settings.data_license
