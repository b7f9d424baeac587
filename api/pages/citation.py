"""How to cite a page: in words, as BibTeX, and as CSL-JSON (https://citeproc-js.readthedocs.io/en/latest/csl-json)."""

import json
import re
from typing import NamedTuple

from api.lists.readable_date import MARK_NOTE, has_marks
from api.pages.cards import Card
from api.pages.labels import by_source, label_of
from api.pages.messages import declared, gettext
from schemas.derived import INFERRED

BIBTEX_SPECIAL = re.compile(r"[{}\\%#&$_^~]")

MARKDOWN_SPECIAL = re.compile(r"[\\`*_\[\]<>#|]")


class Citation(NamedTuple):
    """The citation of a page in each form."""

    plain: str
    bibtex: str
    csl_json: str


def cite_page(title: str, url: str, revision: int, data_through: str | None) -> Citation:
    """Return the citation of a page. It names the revision of the data, so that it can be checked later."""
    version = gettext("revision %(number)s", number=revision)
    through = gettext(", sources up to %(date)s", date=data_through) if data_through else ""
    csl = {"id": f"readout-{revision}", "type": "webpage", "title": title, "container-title": "Readout", "URL": url}
    return Citation(
        plain=f"Readout, “{title}”, {version}{through}. {url}",
        bibtex=(
            f"@misc{{readout-{revision},\n  title = {{{{{_bibtex(title)}}}}},\n  howpublished = {{Readout}},\n"
            f"  note = {{{_bibtex(version + through)}}},\n  url = {{{url}}}\n}}"
        ),
        csl_json=json.dumps({**csl, "version": version + through}, ensure_ascii=False, indent=2),
    )


def fact_box(card: Card, url: str) -> str:
    """Return a record as Markdown to paste: its quote, title, attribution, date, sources, paragraphs and URL."""
    places = [
        ", ".join([label_of("sources", source), *(f"¶{each['paragraph']}" for each in citations)])
        for source, citations in by_source(card.citations)
    ]
    attribution = card.attribution.removesuffix(INFERRED) if card.attribution else None
    inferred = [f"{gettext('inferred:')} {card.inference}"] if card.inference else []
    provenance = "; ".join([", ".join(filter(None, (attribution, card.date))), *places, *inferred])
    quote = f"> “{_markdown(card.quote)}”\n\n" if card.quote else ""
    note = f"\n\n{_markdown(declared(MARK_NOTE))}" if has_marks(provenance) else ""
    return f"{quote}**{_markdown(card.title)}** ({_markdown(provenance)}) [Readout]({url}){note}"


def _markdown(text: str) -> str:
    """Escape what Markdown would take as markup."""
    return MARKDOWN_SPECIAL.sub(r"\\\g<0>", " ".join(text.split()))


def _bibtex(text: str) -> str:
    """Escape what BibTeX would take as a command."""
    return BIBTEX_SPECIAL.sub(lambda match: f"\\char{ord(match[0])}{{}}", text)
