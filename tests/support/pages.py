"""Every kind of page, for the tests in-process and for the tests in a browser."""

from schemas import RECORDS
from seed.bundles import default_bundles

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
"""What a browser sends to ask for a page."""
VIEWS = (
    "/",
    "/matrix",
    "/timeline",
    "/compare?accounts=kremlin,white-house",
    "/issues/energy-strikes/accounts",
    "/issues/energy-strikes/standing",
    "/proposals/thirty-day-truce/standing",
    "/events/trump-putin-call/accounts",
    "/search?q=energy",
    "/search?q=zeppelin",
    "/coverage",
    "/changes",
    "/parties/putin/history",
    "/vocabularies",
    "/vocabularies/stances",
    "/examples",
)
BUNDLED = "".join(path.read_text() for path in default_bundles())
EXAMPLES = tuple(f"/{type.plural}/{type.example}" for type in RECORDS.values() if f"id: {type.example}\n" in BUNDLED)
"""The page of a record of each type; a type may have no records yet."""
PAGES = (*VIEWS, *(f"/{plural}" for plural in RECORDS), *EXAMPLES)
ERRORS = (
    ("/nowhere", 404, "There is nothing at /nowhere"),
    ("/parties/puttin", 404, "Did you mean"),
    ("/positions?stance=agrees", 400, "accepts"),
    ("/matrix?as_of=soon", 400, "Must be a day, a month or a year"),
    ("/compare?accounts=kremlin", 400, "Write 2 to 6 different accounts"),
)
"""Paths of errors, their status, and what their page shows."""
INVITATIONS = ("/compare", "/search")
"""Paths of views without the query that they need."""
PAST = "/parties/putin?known_at=1"
EVERY_KIND = (*PAGES, PAST, *INVITATIONS, *(path for path, _, _ in ERRORS))
