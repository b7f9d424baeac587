"""How to cite a page: in words, as BibTeX, and as CSL-JSON (https://citeproc-js.readthedocs.io/en/latest/csl-json)."""

import hashlib
import json
import re
from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit

from api.database import Revision, current_revision, data_through
from api.lists.markdown import escape
from api.lists.readable_date import MARK_NOTE, has_marks
from api.pages.cards import Card
from api.pages.labels import label_of
from api.pages.messages import declared, gettext
from api.pages.selection import selection_in_words
from api.pages.values import date_in_words
from api.source_labels import by_source
from schemas.derived import INFERRED
from schemas.query_schema import KNOWN_AT

DIGEST_LENGTH = 8
"""Number of characters of the digest that tells the queries of a path apart."""
BIBTEX_SPECIAL = re.compile(r"[{}\\%#&$_^~]")


class Citation(NamedTuple):
    """The citation of a page in each form."""

    plain: str
    bibtex: str
    csl_json: str


def cite_page(title: str, url: str, revision: Revision, data_through: str | None) -> Citation:
    """Return the citation of a page. It names the revision of the data and its day, so that it can be checked later."""
    id, version, day = _key(url, revision), version_in_words(revision, data_through), revision.recorded_at
    csl = {
        "id": id,
        "type": "webpage",
        "title": title,
        "container-title": "Readout",
        "issued": {"date-parts": [[day.year, day.month, day.day]]},
        "version": version,
        "URL": url,
    }
    return Citation(
        plain=f"Readout, “{title}”, {version}. {url}",
        bibtex=(
            f"@misc{{{id},\n  title = {{{{{_bibtex(title)}}}}},\n  howpublished = {{Readout}},\n"
            f"  year = {{{day.year}}},\n  note = {{{_bibtex(version)}}},\n  url = {{{url}}}\n}}"
        ),
        csl_json=json.dumps(csl, ensure_ascii=False, indent=2),
    )


def _key(url: str, revision: Revision) -> str:
    """Return the key of a page in a bibliography: revision, path, and a digest of the query, if there is one."""
    parts = urlsplit(url)
    path = re.sub(r"[^A-Za-z0-9]+", "-", parts.path).strip("-")
    query = urlencode([pair for pair in parse_qsl(parts.query) if pair[0] != KNOWN_AT])
    digest = hashlib.sha256(query.encode()).hexdigest()[:DIGEST_LENGTH] if query else ""
    return "-".join(filter(None, ("readout", str(revision.number), path, digest)))


def version_in_words(revision: Revision, data_through: str | None) -> str:
    """Return the version of the data in words: revision, its day, and the latest day of the sources."""
    day = date_in_words(revision.recorded_at.date().isoformat())
    version = gettext("revision %(number)s of %(day)s", number=revision.number, day=day)
    through = gettext(", sources up to %(date)s", date=date_in_words(data_through)) if data_through else ""
    return version + through


def page_box(title: str, url: str, picture: str | None) -> str:
    """Return a box in Markdown for the page of a view or a list: title, omissions, URL and picture."""
    version = version_in_words(current_revision(), data_through())
    selection = escape(" ".join([*selection_in_words(), version]))
    image = f"\n\n[![{escape(title)}]({picture})]({url})" if picture else ""
    return f"**{escape(title)}** ({selection}) [Readout]({url}){image}"


def fact_box(card: Card, url: str) -> str:
    """Return a record as Markdown to paste: its quote, title, attribution, date, sources, paragraphs and URL."""
    places = [
        ", ".join([label_of("sources", source), *(f"¶{each['paragraph']}" for each in citations)])
        for source, citations in by_source(card.citations)
    ]
    attribution = card.attribution.removesuffix(INFERRED) if card.attribution else None
    inferred = [f"{gettext('inferred:')} {card.inference}"] if card.inference else []
    provenance = "; ".join([", ".join(filter(None, (attribution, card.date))), *places, *inferred])
    quote = f"> “{escape(card.quote)}”\n\n" if card.quote else ""
    note = f"\n\n{escape(declared(MARK_NOTE))}" if has_marks(provenance) else ""
    return f"{quote}**{escape(card.title)}** ({escape(provenance)}) [Readout]({url}){note}"


def _bibtex(text: str) -> str:
    """Escape what BibTeX would take as a command."""
    return BIBTEX_SPECIAL.sub(lambda match: f"\\char{ord(match[0])}{{}}", text)
