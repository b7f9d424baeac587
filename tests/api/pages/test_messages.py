"""Texts of pages and pictures: all of them are in the catalogue, and a translation reaches all of them."""

import re
from collections.abc import Iterator
from gettext import NullTranslations
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import Flask
from flask.testing import FlaskClient

from api import create_app
from api.pages import messages
from schemas import RECORDS
from tests.support.messages import FILE, extract_catalogue
from tests.support.pages import BROWSER, EVERY_KIND

PICTURES = ("/matrix.svg", "/timeline.svg", "/issues/energy-strikes/accounts.svg", "/embed/matrix", "/embed/timeline")
FEEDS = ("/changes.atom", "/timeline.atom", "/parties/putin.atom")
SPOKEN = {"alt", "aria-label", "placeholder", "title"}
"""Attributes that hold text for people."""
INLINE = {"tspan", "mark"}
"""Elements within a text that is one. Code is one if it stands within a translated text."""
CODE = {"code", "pre", "style", "id", "updated", "uri"}
SIGNS = "“”‘’()[].,:;¶≠–·…+±?−* 0123456789"
VOID = {"meta", "link", "input", "img", "source", "base", "br"}
NAMES = re.compile(r"OpenAPI|CAMEO|(CAMEO|PLOVER|PA-X) \S+")
MARKED = re.compile(r"⟦[^⟦⟧]*⟧")
BETWEEN_RECORDS = re.compile(r"\||; | · | / |: |https?://\S+| – |, ")


class PseudoTranslation(NullTranslations):
    """Marks every text that is translated, and collects it."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: set[str] = set()

    def gettext(self, message: str) -> str:
        self.texts.add(message)
        return f"⟦{message}⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        self.texts.add(msgid1)
        return f"⟦{msgid1 if n == 1 else msgid2}⟧"


class Texts(HTMLParser):
    """The texts for people in a page or a picture; code and what is marked as English by its language are left out."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = [""]
        self.skipped: list[bool] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if self._is_within_text(tag):
            self.skipped.append(False)
            return
        if tag not in INLINE:
            self.found.append("")
        self.found += [value for name, value in attrs if name in SPOKEN and value]
        if tag == "meta" and values.get("name") == "description":
            self.found.append(str(values["content"]))
        if tag not in INLINE:
            self.found.append("")
        if tag not in VOID:
            self.skipped.append(tag in CODE or (tag not in {"html", "svg"} and values.get("lang") == "en"))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.skipped.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            self.skipped.pop()
        if tag not in INLINE and not self._is_within_text(tag):
            self.found.append("")

    def _is_within_text(self, tag: str) -> bool:
        return tag == "code" and self.found[-1].count("⟦") > self.found[-1].count("⟧")

    def handle_data(self, data: str) -> None:
        if not any(self.skipped):
            self.found[-1] += data


@pytest.fixture
def pseudo(app: Flask) -> Iterator[PseudoTranslation]:
    before, marks = app.extensions["translations"], PseudoTranslation()
    app.extensions["translations"] = marks
    yield marks
    app.extensions["translations"] = before


@pytest.fixture
def data(client: FlaskClient) -> set[str]:
    """Return every text and id of every record, and the names of accounts."""
    paths = [*(f"/{plural}?limit=500" for plural in (*RECORDS, "timeline")), "/compare?accounts=kremlin,white-house"]
    responses = [client.get(path).json for path in paths]
    return {"Readout", *(leaf.strip(SIGNS) for response in responses for leaf in leaves(response))}


def leaves(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from (leaf for inner in value.values() for leaf in leaves(inner))
    elif isinstance(value, list):
        yield from (leaf for inner in value for leaf in leaves(inner))
    elif isinstance(value, str):
        yield " ".join(value.split())


def texts_between_marks(text: str) -> Iterator[str]:
    """Yield what a text has outside of what is marked, however deep, and has letters."""
    while MARKED.search(text):
        text = MARKED.sub("|", text)
    pieces = [text] if "|" not in text else text.split("|")
    for piece in pieces:
        words = " ".join(piece.replace("- ", "-").split()).strip(SIGNS)
        if re.search(r"[^\W\d_]{2}", words):
            yield words


def is_data(text: str, data: set[str]) -> bool:
    """Return whether a text is one of some texts, a long part of one, or made of several."""
    if text in data or (len(text.split()) > 2 and any(text in whole for whole in data)):
        return True
    first = next((whole for whole in data if whole and text.startswith(f"{whole}, ")), None)
    if first and is_data(text.removeprefix(f"{first}, "), data):
        return True
    parts = [part.strip(SIGNS) for part in BETWEEN_RECORDS.split(text)]
    return len(parts) > 1 and all(is_data(part, data) for part in parts if part)


def test_every_text_of_a_page_can_be_translated(client: FlaskClient, pseudo: PseudoTranslation, data: set[str]) -> None:
    """What is left of a page without its translated texts is record data, numbers and signs."""
    escaped: dict[str, str] = {}
    for path in (*EVERY_KIND, *PICTURES, *FEEDS):
        for text in Texts(client.get(path, headers=BROWSER).text).found:
            for part in texts_between_marks(text):
                if (
                    not is_data(part, data)
                    and not NAMES.fullmatch(part)
                    and part.removesuffix(" – Readout") not in path
                ):
                    escaped.setdefault(part, path)
    assert escaped == {}


def test_every_text_that_a_page_translates_is_in_the_catalogue(client: FlaskClient, pseudo: PseudoTranslation) -> None:
    for path in (*EVERY_KIND, *PICTURES, *FEEDS):
        client.get(path, headers=BROWSER)
    with FILE.open("rb") as file:
        listed = {message.id[0] if isinstance(message.id, tuple) else message.id for message in read_po(file)}
    assert pseudo.texts - listed == set()


def test_the_catalogue_is_current(app: Flask) -> None:
    """`make messages` extracts it again."""
    assert FILE.read_bytes() == extract_catalogue(app)


def test_texts_have_curly_apostrophes() -> None:
    with FILE.open("rb") as file:
        texts = [text for each in read_po(file) for text in ([each.id] if isinstance(each.id, str) else each.id)]
    assert [text for text in texts if re.search(r"[A-Za-z]'(s\b|\s)", text)] == []


def test_a_translation_is_a_file(database: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(messages, "LANGUAGE", "uk")
    monkeypatch.setattr(messages, "FOLDER", tmp_path)
    translation = Catalog(locale="uk")
    translation.add("Where everyone stands", "Хто де стоїть")
    translation.add("not recorded", "не записано")
    file = tmp_path / "uk" / "LC_MESSAGES" / "messages.mo"
    file.parent.mkdir(parents=True)
    with file.open("wb") as out:
        write_mo(out, translation)
    html = create_app(database=str(database)).test_client().get("/matrix", headers=BROWSER).text
    assert '<html lang="uk">' in html
    assert "<h1>Хто де стоїть</h1>" in html
    assert "не записано" in html
