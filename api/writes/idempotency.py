"""Repeated writes: a request with the same Idempotency-Key gets the stored response, without a second change.

A response is stored in the same transaction as the change, so that neither can exist without the other.
"""

import hashlib
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from flask import Response, request
from sqlite_utils import Database
from werkzeug.exceptions import BadRequest, UnprocessableEntity

from api.auth import current_token
from seed.storage.writer import last_revision

HEADER = "Idempotency-Key"
KEY = re.compile(r"[\x20-\x7e]{1,255}")
MAX_AGE = timedelta(days=1)
MAX_ANSWERS = 1000
"""Number of stored answers, the latest ones."""
MAX_BYTES = 16 * 1024 * 1024
"""Size of all stored bodies."""
FIND = "select request, status, headers, body from answers where key = ? and answered_at >= ?"
FORGET = """
delete from answers where key in (
    select key from (
        select key, answered_at, row_number() over latest place, sum(length(body)) over latest bytes
        from answers window latest as (order by answered_at desc, key)
    ) where answered_at < ? or place > ? or bytes > ?
)
"""


def read_key() -> str | None:
    """Return the key of the request, or None. Raise BadRequest if it has a wrong form."""
    key = request.headers.get(HEADER)
    if key is not None and not KEY.fullmatch(key):
        raise BadRequest(f"{HEADER} must be 1 to 255 printable ASCII characters, such as a UUID.")
    return key


def change_once(db: Database, change: Callable[[Database], Response], key: str | None) -> Response:
    """Make a change and return its response, or return that of an earlier request with the same key.

    Raise UnprocessableEntity if that was another request. Only a change of the data is remembered: any other request
    can be repeated as it is.
    """
    if key is None:
        return change(db)
    key = _digest(current_token().sha256, key)
    digest = _digest(request.method, request.full_path, request.get_data().decode("latin-1"))
    if answer := db.execute(FIND, [key, _oldest()]).fetchone():
        if answer[0] != digest:
            raise UnprocessableEntity(f"This {HEADER} was sent with another request. Use a new one for each change.")
        return Response(answer[3], answer[1], json.loads(answer[2]))
    before = last_revision(db)
    response = change(db)
    if last_revision(db) != before:
        _remember(db, key, digest, response)
    return response


def _remember(db: Database, key: str, digest: str, response: Response) -> None:
    headers = json.dumps(list(response.headers))
    answer = [key, digest, datetime.now(UTC).isoformat(), response.status_code, headers, response.get_data()]
    db.execute("insert or replace into answers values (?, ?, ?, ?, ?, ?)", answer)
    db.execute(FORGET, [_oldest(), MAX_ANSWERS, MAX_BYTES])


def _oldest() -> str:
    """Return the time since which responses are remembered."""
    return (datetime.now(UTC) - MAX_AGE).isoformat()


def _digest(*parts: str) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
