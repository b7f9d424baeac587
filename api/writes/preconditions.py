"""Conditions of a write (RFC 9110, section 13): against lost updates (If-Match) and overwriting."""

from collections.abc import Collection

from flask import request
from werkzeug.datastructures import ETags
from werkzeug.exceptions import PreconditionFailed, PreconditionRequired

from api.http.compression import CONTENT_CODINGS


def check_conditions(etags: Collection[str]) -> None:
    """Check If-Match and If-None-Match against the ETags of what the request replaces; empty if it creates something.

    Raise PreconditionRequired if the request replaces something without naming the state that it expects, and
    PreconditionFailed if the state is another.
    """
    if request.if_none_match and _matches(request.if_none_match, etags):
        raise PreconditionFailed(
            "It exists already, which If-None-Match excludes. To replace it, send If-Match instead."
        )
    if request.if_match:
        if not _matches(request.if_match, etags):
            raise PreconditionFailed("It has changed: its ETag no longer matches If-Match. Get it again, then repeat.")
    elif etags:
        raise PreconditionRequired(
            "It exists already. Send If-Match with the ETag of a GET, so that no change is lost."
        )


def _matches(condition: ETags, etags: Collection[str]) -> bool:
    """Return whether a condition names one of some ETags, in any content coding; `*` names what exists."""
    if condition.star_tag:
        return bool(etags)
    codings = ("", *(f"-{coding}" for coding in CONTENT_CODINGS))
    return any(condition.contains(etag + coding) for etag in etags for coding in codings)
