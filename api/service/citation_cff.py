"""How to cite the data of this server (Citation File Format 1.2.0, citation-file-format.github.io)."""

import json
from typing import Any

from flask import Flask, Response

from api.database import current_revision
from api.http.media_types import YAML
from api.http.query_params import parse_query
from api.http.urls import base_url
from api.views.data_license import package_license
from schemas.query_schema import QuerySchema
from schemas.version import VERSION

PATH = "/CITATION.cff"


def init_app(app: Flask) -> None:
    """Add the file."""
    app.add_url_rule(PATH, "citation", citation)


def citation() -> Response:
    """Return the citation of the current revision as YAML. `license` is there only if the operator states one."""
    parse_query(QuerySchema())
    lines = (f"{name}: {json.dumps(value, ensure_ascii=False)}\n" for name, value in _entries().items())
    return Response("".join(lines), content_type=YAML)


def _entries() -> dict[str, Any]:
    revision = current_revision()
    stated = package_license() or {}
    names = {"name": "license", "path": "license-url"}
    return {
        "cff-version": "1.2.0",
        "message": "Cite the revision of the data that you used, and for each claim the source and paragraph it names.",
        "type": "dataset",
        "title": "Readout: negotiations as data",
        "authors": [{"name": "The editors of Readout"}],
        "version": f"{VERSION}+revision.{revision.number}",
        "date-released": revision.recorded_at.date().isoformat(),
        "url": f"{base_url()}/",
        **{names[name]: value for name, value in stated.items()},
    }
