"""Headers and error responses of the OpenAPI document."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus

from werkzeug.http import HTTP_STATUS_CODES

from api.http.problems import PROBLEM_JSON
from api.openapi.json_schema import TEXT, Json
from api.openapi.retired import RETIRED_EXAMPLE
from api.openapi.routes import Endpoint, MediaType

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
RANGES = {"4XX": (406, 412, 414, 429, 431), "5XX": (500, 503)}
"""The errors that every operation can cause, by the range under which they are described together."""
RANGE_NAMES = {"4XX": "ClientError", "5XX": "ServerError"}
BODY_STATUSES = (408, 413, 415, 422)
"""The errors that only a request with a body can cause."""
WRITE_STATUSES = (401, 403, 409, 428)
"""The errors that only a write can cause."""
VALIDATORS = {
    "ETag": "Strong validator. It differs between media types and between content codings.",
    "Last-Modified": "When the data last changed.",
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
RETRY_STATUSES = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}
SUCCESSES: Mapping[int, str] = {
    HTTPStatus.OK: "The response.",
    HTTPStatus.CREATED: "It was created; `Location` is its URL.",
    HTTPStatus.NO_CONTENT: "The change was made. There is no body.",
    HTTPStatus.PARTIAL_CONTENT: "The requested part of the file.",
}
NOT_MODIFIED: Json = {"description": "The client's cached copy is current (If-None-Match, If-Modified-Since)."}


def header_components() -> Json:
    """Return every response header by name."""
    headers = VALIDATORS | CACHE_HEADERS | LINK_HEADER | RANGE_HEADERS | RATE_LIMIT_HEADERS | RETRY_HEADERS
    return {name: {"description": description, "schema": TEXT} for name, description in headers.items()}


def problem_components(endpoints: Iterable[Endpoint]) -> Json:
    """Return the response of every error that an endpoint can cause, by name."""
    possible = {status for endpoint in endpoints for status in PROBLEMS.keys() - _impossible(endpoint)}
    own = {
        _component_name(status): _problem(status, description)
        for status, description in PROBLEMS.items()
        if status in possible
    }
    return own | {"NotModified": NOT_MODIFIED} | {name: _problems(RANGES[key]) for key, name in RANGE_NAMES.items()}


def responses_for(endpoint: Endpoint) -> Json:
    """Return the responses of an endpoint by status: success, 304 if it may be cached, its errors, and all others."""
    names = {str(status): _component_name(status) for status in sorted(PROBLEMS.keys() - _impossible(endpoint))}
    return {
        **{str(int(status)): _success(endpoint, status, "Accept-Ranges") for status in endpoint.statuses},
        **({"206": _success(endpoint, HTTPStatus.PARTIAL_CONTENT, "Content-Range")} if endpoint.ranges else {}),
        **({"304": {"$ref": "#/components/responses/NotModified"}} if _has_validators(endpoint) else {}),
        **{key: {"$ref": f"#/components/responses/{name}"} for key, name in (names | RANGE_NAMES).items()},
    }


def _success(endpoint: Endpoint, status: int, range_header: str) -> Json:
    names = [*(VALIDATORS if _has_validators(endpoint) else ()), *(LINK_HEADER if endpoint.pages else ())]
    names += [range_header] if endpoint.ranges else []
    content = {} if status == HTTPStatus.NO_CONTENT else {"content": content_of(endpoint.responses)}
    headers = {"headers": _header_refs(names)} if names else {}
    return {"description": SUCCESSES[status], **headers, **content}


def content_of(media_types: Mapping[str, MediaType]) -> Json:
    """Return the content of a request or a response by media type."""
    return {
        mimetype: {"schema": content.schema, **({} if content.example is None else {"example": content.example})}
        for mimetype, content in media_types.items()
    }


def _has_validators(endpoint: Endpoint) -> bool:
    return endpoint.cacheable and endpoint.method == "GET"


def _impossible(endpoint: Endpoint) -> set[int]:
    """Return the errors that an endpoint cannot cause, or that are described by a range."""
    return {
        *(status for statuses in RANGES.values() for status in statuses),
        *(() if endpoint.request else BODY_STATUSES),
        *(() if endpoint.scope else WRITE_STATUSES),
        *(() if endpoint.path_values else (HTTPStatus.NOT_FOUND,)),
        *(() if endpoint.needs_record else (HTTPStatus.GONE,)),
        *(() if endpoint.ranges else (HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,)),
    }


def _header_refs(names: Iterable[str]) -> Json:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _component_name(status: int) -> str:
    return HTTP_STATUS_CODES[status].replace(" ", "")


def _problems(statuses: Iterable[int]) -> Json:
    """Return one response for several errors: the first, with the meaning of each."""
    first, *_ = statuses
    listed = "\n".join(f"- {status}: {PROBLEMS[status]}" for status in statuses)
    return {**_problem(first, PROBLEMS[first]), "description": listed, "headers": _header_refs(ERROR_HEADERS)}


def _problem(status: int, description: str) -> Json:
    example: Json = {
        "type": "about:blank",
        "title": HTTP_STATUS_CODES[status],
        "status": status,
        "detail": description,
        "instance": "/positions",
        "docs": "/docs#/positions/listPositions",
        "errors": [],
    }
    schema = "Problem"
    if status == HTTPStatus.GONE:
        schema, example = "RetiredProblem", example | RETIRED_EXAMPLE
    headers = ("Cache-Control", *RATE_LIMIT_HEADERS, *(RETRY_HEADERS if status in RETRY_STATUSES else ()))
    content = {PROBLEM_JSON: {"schema": {"$ref": f"#/components/schemas/{schema}"}, "example": example}}
    return {"description": description, "headers": _header_refs(headers), "content": content}
