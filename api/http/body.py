"""Request bodies: read, limited in size, and parsed."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import Flask, request
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, UnsupportedMediaType
from werkzeug.wrappers.response import Response as ErrorHeaders

from api.http.media_types import YAML
from schemas.strict_json import read_json
from seed.yaml_document import YamlError, parse_yaml

IDENTITY = "identity"
MAX_BODY_BYTES = 4 * 1024 * 1024
"""The maximum size of a body."""
MERGE_PATCH = "application/merge-patch+json"
"""The media type of a merge patch (RFC 7396)."""
ACCEPT_HEADERS = {"POST": "Accept-Post", "PATCH": "Accept-Patch"}
"""The header in which a 415 lists the media types of a method (RFC 5789, and the Linked Data Platform); else Accept."""


def init_app(app: Flask) -> None:
    """Limit the size of request bodies."""
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES


def parse_body(*media_types: str) -> Any:
    """Return the data of the body, which has one of these media types.

    Raise UnsupportedMediaType if it has another one, BadRequest if it cannot be parsed, and RequestEntityTooLarge.
    """
    if request.mimetype not in media_types:
        detail = f"Send the body as Content-Type: {' or '.join(media_types)}."
        header = ACCEPT_HEADERS.get(request.method, "Accept")
        raise UnsupportedMediaType(detail, ErrorHeaders(headers={header: ", ".join(media_types)}))
    if request.headers.get("Content-Encoding", IDENTITY) != IDENTITY:
        detail = "Compressed request bodies are not accepted; omit Content-Encoding."
        raise UnsupportedMediaType(detail, ErrorHeaders(headers={"Accept-Encoding": IDENTITY}))
    if not (body := read_body()):
        raise BadRequest(f"The body is empty. Send it as Content-Type: {' or '.join(media_types)}.")
    return PARSERS.get(request.mimetype, _parse_json)(body)


def read_body() -> bytes:
    """Return the body. Raise RequestEntityTooLarge if it exceeds the maximum size."""
    body = request.get_data()
    # Werkzeug truncates a chunked body at the maximum instead of rejecting it.
    if request.content_length is None and len(body) == MAX_BODY_BYTES:
        raise RequestEntityTooLarge
    return body


def _parse_json(body: bytes) -> Any:
    """Parse JSON. A byte order mark is ignored, as RFC 8259 permits: Windows editors add one."""
    try:
        return read_json(body.decode("utf-8-sig"))
    except ValueError as error:
        raise BadRequest(f"The body is not valid JSON in UTF-8: {error}.") from None


def _parse_yaml(body: bytes) -> Any:
    try:
        return parse_yaml(body).data
    except YamlError as error:
        raise BadRequest(f"The body is not valid YAML, at line {error.line}: {error.error.detail}") from None


PARSERS: Mapping[str, Callable[[bytes], Any]] = {YAML: _parse_yaml}
"""The parsers of media types that are not JSON."""
