"""A check of Atom feeds against RFC 4287 and the other RFCs that it builds on."""

import re
from typing import NamedTuple
from urllib.parse import urlsplit
from xml.etree import ElementTree

ATOM = "{http://www.w3.org/2005/Atom}"
XHTML = "{http://www.w3.org/1999/xhtml}"
DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
"""RFC 3339, section 5.6, with the capital letters that RFC 4287, section 3.3, requires."""
ONE_IN_FEED = {"id", "title", "updated"}
ONE_IN_ENTRY = {"id", "title", "updated"}
AT_MOST_ONE = {"subtitle", "generator", "icon", "logo", "rights", "content", "published", "source", "summary"}
IN_FEED = {*ONE_IN_FEED, "author", "category", "contributor", "link", "entry"} | AT_MOST_ONE - {"content", "published"}
IN_ENTRY = {*ONE_IN_ENTRY, "author", "category", "contributor", "link"} | AT_MOST_ONE - {"subtitle", "icon", "logo"}
XHTML_ELEMENTS = {"div", "p", "blockquote", "ul", "li", "a"}
"""The elements of content that every reader shows. None can run or load anything."""


class FeedEntry(NamedTuple):
    """An entry: its elements as text."""

    id: str
    title: str
    updated: str
    url: str
    categories: tuple[str, ...]
    content: str


class Feed(NamedTuple):
    """A valid feed."""

    id: str
    title: str
    updated: str
    links: dict[str, str]
    entries: list[FeedEntry]


def read_feed(document: bytes) -> Feed:
    """Parse a feed, and fail if it breaks a rule."""
    root = ElementTree.fromstring(document)  # noqa: S314 - our own output
    assert root.tag == f"{ATOM}feed"
    check_children(root, IN_FEED, ONE_IN_FEED)
    entries = root.findall(f"{ATOM}entry")
    authors = root.findall(f"{ATOM}author")
    assert authors or all(entry.find(f"{ATOM}author") is not None for entry in entries), "4.1.1: no author"
    assert all((author.findtext(f"{ATOM}name") or "").strip() for author in authors), "3.2.1: no name"
    links = check_links(root)
    assert {"self", "alternate"} <= links.keys(), "4.1.1: no link to itself"
    read = [read_entry(entry) for entry in entries]
    ids = [entry.id for entry in read]
    assert len(ids) == len(set(ids)), "4.1.1: entries share an id"
    return Feed(text(root, "id"), text(root, "title"), text(root, "updated"), links, read)


def read_entry(entry: ElementTree.Element) -> FeedEntry:
    check_children(entry, IN_ENTRY, ONE_IN_ENTRY)
    links = check_links(entry)
    content = entry.find(f"{ATOM}content")
    assert content is not None or "alternate" in links, "4.1.2: neither content nor a link"
    assert content is not None
    assert content.get("type") == "xhtml"
    assert [child.tag for child in content] == [f"{XHTML}div"], "3.1.1.3: not one div"
    assert not (content.text or "").strip()
    for element in content.iter():
        assert element is content or element.tag.removeprefix(XHTML) in XHTML_ELEMENTS, element.tag
        assert element.keys() == (["href"] if element.tag == f"{XHTML}a" else ["type"] if element is content else [])
    words = " ".join("".join(content.itertext()).split())
    assert words, "no text to read"
    categories = tuple(str(each.get("term")) for each in entry.findall(f"{ATOM}category"))
    assert all(categories), "4.2.2: no term"
    return FeedEntry(
        text(entry, "id"), text(entry, "title"), text(entry, "updated"), links["alternate"], categories, words
    )


def check_children(element: ElementTree.Element, allowed: set[str], once: set[str]) -> None:
    names = [child.tag.removeprefix(ATOM) for child in element]
    assert set(names) <= allowed, names
    assert all(names.count(name) == 1 for name in once), names
    assert all(names.count(name) <= 1 for name in AT_MOST_ONE), names
    assert urlsplit(text(element, "id")).scheme, "4.2.6: not an IRI"
    assert DATE_TIME.fullmatch(text(element, "updated")), "3.3: not a date and time"
    assert text(element, "title").strip(), "no title"


def check_links(element: ElementTree.Element) -> dict[str, str]:
    """Return the links by relation. Each relation occurs once in these feeds."""
    links = [(str(link.get("rel", "alternate")), str(link.get("href"))) for link in element.findall(f"{ATOM}link")]
    assert len(dict(links)) == len(links), "4.1.1: two links of one relation"
    assert all(urlsplit(url).scheme in ("http", "https") and urlsplit(url).netloc for _, url in links)
    assert all(re.fullmatch(r"[!-~]+", url) for _, url in links), "not percent-encoded"
    return dict(links)


def text(element: ElementTree.Element, name: str) -> str:
    return element.findtext(f"{ATOM}{name}") or ""
