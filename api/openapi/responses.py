"""Headers and error responses of the OpenAPI document."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus

from werkzeug.http import HTTP_STATUS_CODES

from api.http.problems import PROBLEM_JSON
from api.http.serialization import JSON
from api.openapi.json_schema import TEXT, Json
from api.openapi.routes import Endpoint, MediaType

SERVER_ERROR = "ServerError"
PROBLEMS = {
    400: "The query is invalid. `errors` names each invalid parameter and the values it accepts.",
    401: "The token is missing, unknown or expired. `WWW-Authenticate` says how to send one.",
    403: "The token does not allow this.",
    404: "There is no such resource. `detail` suggests where to look.",
    406: "The resource is not available in any media type of the Accept header. `detail` lists those available.",
    408: "The request body did not arrive within the time limit.",
    409: "The change conflicts with other records. `referrers` lists those that refer to the record.",
    410: "The record was withdrawn, renamed or merged. `successor` is the id to use instead, if there is one.",
    412: "The resource has changed: its ETag does not match If-Match.",
    413: "The request body is too large.",
    414: "The URL is too long. Request fewer values at once.",
    415: "The media type or content coding of the body is not supported. `Accept-Post`, `Accept-Patch` or `Accept`"
    " names those that are.",
    416: "The file is shorter than the start of the range requested. `Content-Range` contains its length.",
    422: "The body is invalid. `errors` contains each error with its JSON Pointer and the values accepted there.",
    428: "The change needs If-Match with the ETag of what it replaces.",
    429: "The client has exceeded its rate limit, if the server sets one. `Retry-After` says how long to wait.",
    431: "The request headers are too long or too many.",
    500: "The server failed because of an internal error.",
    503: "The database is unavailable or the query took too long. `Retry-After` says how long to wait.",
}
READ_STATUSES = (400, 404, 406, 410, 412, 414, 416, 429, 431)
BODY_STATUSES = (408, 413, 415, 422)
"""The errors that only a request with a body can cause."""
WRITE_STATUSES = (401, 403, 409, 428)
"""The errors that only a write can cause."""
RANGES = {
    "ClientError": READ_STATUSES,
    "BodyError": (*READ_STATUSES, *BODY_STATUSES),
    "WriteError": (*READ_STATUSES, *BODY_STATUSES, *WRITE_STATUSES),
    SERVER_ERROR: (500, 503),
}
"""The errors that are described together, by the name of their response."""
VALIDATORS = {
    "ETag": "Strong validator. It differs between media types and between content codings.",
    "Last-Modified": "When the data last changed; absent if it changed twice in that second.",
}
CACHE_HEADERS = {"Cache-Control": "How long the response may be cached."}
LINK_HEADER = {"Link": "The next and the previous page (RFC 8288): `next` and `prev`."}
RANGE_HEADERS = {
    "Accept-Ranges": "`bytes`, or `none` while the file is still being prepared.",
    "Content-Range": "The first and last byte sent, and the length of the file.",
}
RATE_LIMIT_HEADERS = {
    "RateLimit": "If requests are limited: how many remain, and in how many seconds the limit is fully restored.",
    "RateLimit-Policy": "If requests are limited: how many a client may send, and within how many seconds.",
}
RETRY_HEADERS = {"Retry-After": "How many seconds to wait before trying again."}
ERROR_HEADERS = ("Cache-Control", *RATE_LIMIT_HEADERS, *RETRY_HEADERS)
SUCCESSES: Mapping[int, str] = {
    HTTPStatus.OK: "OK.",
    HTTPStatus.CREATED: "It was created; `Location` is its URL.",
    HTTPStatus.NO_CONTENT: "The change was made. There is no body.",
    HTTPStatus.PARTIAL_CONTENT: "The requested part of the file.",
}


def header_components() -> Json:
    """Return every response header by name."""
    headers = VALIDATORS | CACHE_HEADERS | LINK_HEADER | RANGE_HEADERS | RATE_LIMIT_HEADERS | RETRY_HEADERS
    return {name: {"description": description, "schema": TEXT} for name, description in headers.items()}


def not_modified() -> Json:
    """Return the response to a client whose cached copy is current. It names the validators of every 200, once."""
    sent = "its ETag in If-None-Match, or its Last-Modified in If-Modified-Since"
    description = f"The copy that the client has of a 200 is current. It sent {sent}."
    return {"description": description, "headers": _header_refs(VALIDATORS)}


def problem_components(endpoints: Iterable[Endpoint]) -> Json:
    """Return the response of every error that an endpoint can cause, by name."""
    ranges = {SERVER_ERROR, *map(_client_error, endpoints)}
    together = {name: _problems(statuses) for name, statuses in RANGES.items() if name in ranges}
    return {"NotModified": not_modified(), **together}


def responses_for(endpoint: Endpoint) -> Json:
    """Return the responses of an endpoint by status: success, 304 if it may be cached, its errors, and all others."""
    statuses = sorted({*endpoint.statuses, *({HTTPStatus.OK} if endpoint.dry_run else ())})
    ranges = {"4XX": _client_error(endpoint), "5XX": SERVER_ERROR}
    return {
        **{str(int(status)): _success(endpoint, status, "Accept-Ranges") for status in statuses},
        **({"206": _success(endpoint, HTTPStatus.PARTIAL_CONTENT, "Content-Range")} if endpoint.ranges else {}),
        **({"304": {"$ref": "#/components/responses/NotModified"}} if _has_validators(endpoint) else {}),
        **{key: {"$ref": f"#/components/responses/{name}"} for key, name in ranges.items()},
    }


def _success(endpoint: Endpoint, status: int, range_header: str) -> Json:
    names = [*(LINK_HEADER if endpoint.pages else ()), *([range_header] if endpoint.ranges else [])]
    media_types = _ok(endpoint) if status == HTTPStatus.OK else endpoint.responses
    content = {} if status == HTTPStatus.NO_CONTENT else {"content": content_of(media_types)}
    headers = {"headers": _header_refs(names)} if names else {}
    return {"description": SUCCESSES[status], **headers, **content}


def _ok(endpoint: Endpoint) -> Mapping[str, MediaType]:
    """Return the content of a 200: of a success, of a change that was only tried out, or either."""
    if endpoint.dry_run is None:
        return endpoint.responses
    if HTTPStatus.OK not in endpoint.statuses:
        return {JSON: endpoint.dry_run}
    success = endpoint.responses[JSON]
    return {JSON: success._replace(schema={"anyOf": [success.schema, endpoint.dry_run.schema]})}


def content_of(media_types: Mapping[str, MediaType]) -> Json:
    """Return the content of a request or a response by media type."""
    return {
        mimetype: {"schema": content.schema, **({} if content.example is None else {"example": content.example})}
        for mimetype, content in media_types.items()
    }


def _has_validators(endpoint: Endpoint) -> bool:
    return endpoint.cacheable and endpoint.method == "GET"


def _client_error(endpoint: Endpoint) -> str:
    """Return the name of the response that describes the errors of a request to an endpoint."""
    if endpoint.scope:
        return "WriteError"
    return "BodyError" if endpoint.request else "ClientError"


def _header_refs(names: Iterable[str]) -> Json:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _problems(statuses: Iterable[int]) -> Json:
    """Return one response for several errors, with the meaning of each and the first as an example."""
    statuses = sorted(statuses)
    listed = "\n".join(f"- {status}: {PROBLEMS[status]}" for status in statuses)
    example: Json = {
        "type": "about:blank",
        "title": HTTP_STATUS_CODES[statuses[0]],
        "status": statuses[0],
        "detail": PROBLEMS[statuses[0]],
        "instance": "/positions",
        "docs": "/docs#/positions/listPositions",
        "errors": [],
    }
    content = {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/ProblemDetails"}, "example": example}}
    return {"description": listed, "headers": _header_refs(ERROR_HEADERS), "content": content}
