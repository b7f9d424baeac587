"""Pages: what a browser gets at the URLs of the API, and that it says what the JSON says."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urldefrag, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api import create_app
from api.pages.cards import Card
from api.pages.citation import fact_box
from api.pages.template_functions import short_title_on_page
from api.views.entries import is_certainly_silent
from seed.life import rename
from seed.storage.references import RecordRef
from seed.storage.writer import Authorship
from tests.support.clients import client_of
from tests.support.openapi import operations
from tests.support.pages import BROWSER, ERRORS, PAGES
from tests.support.small_bundles import base, bundle, load_bundles

Fetch = Callable[..., Any]


class Parsed(HTMLParser):
    """The links, ids and headings of a page, and what a strict policy would block."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: list[str] = []
        self.headings: list[str] = []
        self.labelled: set[str] = set()
        self.controls: set[str] = set()
        self.blocked: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.ids += [value for name, value in attrs if name == "id" and value]
        self.blocked += [name for name in values if name == "style" or name.startswith("on")]
        if tag in ("script", "style", "iframe"):
            self.blocked.append(tag)
        if tag == "a" and values.get("href"):
            self.links.append(str(values["href"]))
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(tag)
        if tag == "label" and values.get("for"):
            self.labelled.add(str(values.get("for")))
        if tag in ("input", "select") and values.get("type") not in ("hidden", "checkbox"):
            self.controls.add(str(values.get("id")))


def page(client: FlaskClient, path: str) -> str:
    response = client.get(path, headers=BROWSER)
    assert (response.status_code, response.content_type) == (200, "text/html; charset=utf-8"), path
    return response.text


@pytest.mark.parametrize("path", PAGES)
def test_every_list_record_and_view_has_a_page(client: FlaskClient, path: str) -> None:
    html = page(client, path)
    parsed = Parsed(html)
    assert parsed.blocked == []
    assert parsed.headings.count("h1") == 1
    assert len(parsed.ids) == len(set(parsed.ids))
    assert parsed.controls <= parsed.labelled
    assert not re.search(r"\b(None|True|False|Undefined)\b", re.sub(r"<[^>]+>", " ", html))
    hosts = {link.split("/")[2] for link in parsed.links if "://" in link}
    assert hosts <= {"localhost"}


def test_coverage_of_several_sources_repeats_no_id(tmp_path: Path) -> None:
    client = load_bundles(tmp_path / "two.db", base(), bundle("readout"))
    ids = Parsed(page(client, "/coverage")).ids
    assert len(ids) == len(set(ids))
    assert {"article-p1", "readout-p1"} <= set(ids)
    assert "p1" in Parsed(page(client, "/sources/readout")).ids


@pytest.mark.parametrize("path", [path for path in PAGES if path != "/"])
def test_the_suffix_gives_the_same_content(client: FlaskClient, path: str) -> None:
    name, _, query = path.partition("?")
    by_suffix = client.get(f"{name}.html{'?' if query else ''}{query}", headers={"Accept": "application/json"})
    assert (by_suffix.status_code, by_suffix.text) == (200, page(client, path))


def test_json_stays_the_default(client: FlaskClient) -> None:
    assert {client.get(path).content_type for path in PAGES} == {"application/json"}


def test_pages_allow_neither_scripts_nor_other_hosts(client: FlaskClient) -> None:
    policy = client.get("/matrix", headers=BROWSER).headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'self'")
    assert "script-src" not in policy
    assert "frame-ancestors 'none'" in policy


@pytest.mark.slow
def test_no_link_is_dead(client: FlaskClient, app: Flask) -> None:
    """Follow every link from every page that a visitor meets first, and the links to places within a page."""
    ids: dict[str, set[str]] = {}

    def ids_of(path: str) -> set[str]:
        if path not in ids:
            response = client.get(path, headers=BROWSER)
            assert response.status_code == 200, path
            ids[path] = set(Parsed(response.text).ids) if "html" in response.content_type else set()
        return ids[path]

    for path in PAGES:
        for link in set(Parsed(page(client, path)).links):
            target, fragment = urldefrag(link.removeprefix("http://localhost"))
            if not target.startswith(("/export/", "/docs")):
                assert not fragment or fragment in ids_of(target or path), (path, link)
                ids_of(target or path)


def test_the_matrix_shows_every_position_with_its_account(client: FlaskClient, fetch: Fetch) -> None:
    html = page(client, "/matrix")
    for cell in fetch("/matrix")["cells"]:
        for position in cell["positions"]:
            entry = re.search(rf'<li>(?:(?!<li>).)*/positions/{position["position"]}".*?</li>', html, re.DOTALL)
            assert entry, position["position"]
            assert position["attribution"].removesuffix(" (inferred)") in entry[0]
            assert ("inferred" in entry[0]) is not position["explicit"]
            assert all(f"¶{citation['paragraph']}<" in entry[0] for citation in position["citations"])


def test_a_list_that_repeats_the_main_one_is_left_out(client: FlaskClient) -> None:
    """All proposals in which Putin acts are more than those addressed to him; the White House only speaks."""
    assert ">Statements: speaker" not in page(client, "/parties/white-house")
    assert ">Proposals addressed to it" in page(client, "/parties/putin")


def test_an_ellipsis_never_begins_a_line(client: FlaskClient) -> None:
    html = page(client, "/matrix")
    assert "\N{NO-BREAK SPACE}…" in html
    assert " …<" not in html


def test_a_stance_stands_with_the_proposal_that_it_is_on(client: FlaskClient, fetch: Fetch) -> None:
    """Russia demands an end to aid, which is no stance on the issue of aid: colour and sign are of the proposal."""
    (aid,) = (row for row in fetch("/matrix")["rows"] if row["id"] == "foreign-support-for-ukraine")
    (proposal,) = aid["proposals"]
    title = short_title_on_page(proposal["title"])
    named = rf'<span class="held for"><b>.*?demands</b>\s*<span class="what">{title}</span>'
    assert re.search(named, page(client, "/matrix?issue=foreign-support-for-ukraine"), re.DOTALL)
    assert 'class="what">A' not in page(client, "/matrix?rows=proposal")  # but conditions


def test_accounts_show_every_record_and_every_silence(client: FlaskClient, fetch: Fetch) -> None:
    html = page(client, "/issues/energy-strikes/accounts")
    for issue in fetch("/issues/energy-strikes/accounts")["issues"]:
        for column in issue["accounts"]:
            for record in column["records"]:
                assert f'href="/{record["type"]}/{record["id"]}"' in html
                assert not record["quote"] or f"“{record['quote'].replace(chr(39), '&#39;')}”" in html
        assert any(map(is_certainly_silent, issue["accounts"])) is ("No record on the account of" in html)


ORIGINALS = (("ar", "هدنة لمدة ثلاثين يوما"), ("uk", "перемир’я на тридцять днів"))


@pytest.mark.parametrize(("language", "words"), ORIGINALS)
def test_the_original_of_a_quote_has_its_language_and_direction(tmp_path: Path, language: str, words: str) -> None:
    original = {"quote": "a truce", "form": "quotation", "quote_original": {"text": words, "language": language}}
    client = load_bundles(tmp_path / "own.db", base("truce", statements=[{"id": "said", **original}]))
    html = page(client, "/statements/said")
    assert f'<span lang="{language}" dir="auto">{words}</span>' in html.replace("&#39;", "'")
    assert '<blockquote class="large" dir="auto">“a truce”</blockquote>' in html


@pytest.mark.parametrize(("language", "words"), ORIGINALS)
def test_a_quote_has_the_language_of_its_source(tmp_path: Path, language: str, words: str) -> None:
    article = base("truce", statements=[{"id": "said", "quote": words, "form": "quotation"}])
    article["sources"][0]["language"] = language
    client = load_bundles(tmp_path / "own.db", article)
    for path in ("/statements", "/statements/said", "/issues/matter/accounts"):
        assert re.search(rf'<blockquote[^>]* lang="{language}" dir="auto">“{words}”', page(client, path)), path


def test_the_note_of_a_question_stands_below_it(client: FlaskClient, fetch: Fetch) -> None:
    note = fetch("/questions/putin-refusal-of-ceasefire")["note"]
    html = page(client, "/questions/putin-refusal-of-ceasefire")
    assert f'<p class="lead">{note}</p>' in html
    assert html.count(note) == html.count(f'content="{note}') + 1


@pytest.mark.parametrize("path", ["/issues/general-ceasefire/standing", "/matrix", "/matrix.svg"])
def test_what_is_inferred_stands_with_the_mark(client: FlaskClient, path: str) -> None:
    words = " ".join(re.sub("<[^>]*>", " ", client.get(path, headers=BROWSER).text).split())
    assert re.search(
        "the party, the stance or the proposal is (inferred, by the editors|not stated: the editors)", words
    )


def test_codes_and_coordinates_have_names(client: FlaskClient) -> None:
    html = page(client, "/events/jeddah-talks")
    for named in ("Country: SA", "Latitude: 21.54", "Longitude: 39.17", "CAMEO: 036", "PLOVER: agree"):
        assert f">{named}<" in html
    assert ">Marco Rubio<" in html


def test_a_form_with_empty_fields_leads_to_a_clean_url(client: FlaskClient) -> None:
    response = client.get("/matrix?party=&issue=energy-strikes&q=", headers=BROWSER)
    assert (response.status_code, response.headers["Location"]) == (303, "matrix?issue=energy-strikes")
    assert client.get("/matrix?party=").status_code == 400


@pytest.mark.parametrize(("path", "status", "shown"), ERRORS)
def test_errors_are_pages_that_help(client: FlaskClient, path: str, status: int, shown: str) -> None:
    response = client.get(path, headers=BROWSER)
    assert (response.status_code, response.content_type) == (status, "text/html; charset=utf-8")
    assert shown in response.text
    assert client.get(path).content_type == "application/problem+json"


@pytest.mark.parametrize("value", ["--", "2025-99", "03-18-2025", "a,b", "\u202e", "9" * 30])
def test_wrong_query_is_no_server_error(client: FlaskClient, fetch: Fetch, value: str) -> None:
    """An error page may compute nothing from the query that only a valid one gives."""
    for path, operation in operations(fetch("/openapi.json"), "get"):
        names = [each["name"] for each in operation["parameters"] if each["in"] == "query"]
        page = re.sub(r"{(\w+)}", "energy-strikes", path)
        response = client.get(page, query_string=dict.fromkeys(names, value), headers=BROWSER)
        assert 200 <= response.status_code < 500, page
    assert client.get("/nothing", query_string={"as_of": value}, headers=BROWSER).status_code == 404


CORRECTIONS = (
    ("/parties/puttin", "/parties/putin"),
    ("/partis", "/parties"),
    ("/Party/putin", "/parties/putin"),
    ("/nowhere/ice-hockey", "/search?q=ice+hockey"),
    ("/positions?party=putin&stance=agrees", "/positions?party=putin&stance=accepts"),
    ("/positions?party=putin&stance=agrees", "/positions?party=putin&stance=rejects"),
    ("/positions?stance=accepts&party=puttin", "/positions?party=putin&stance=accepts"),
)
"""Paths of errors, and where their pages lead."""


@pytest.mark.parametrize(("path", "corrected"), CORRECTIONS)
def test_an_error_leads_to_what_may_be_meant(client: FlaskClient, path: str, corrected: str) -> None:
    parsed = Parsed(client.get(path, headers=BROWSER).text)
    assert corrected in [link.replace("%20", "+") for link in parsed.links]
    assert client.get(corrected, headers=BROWSER).status_code == 200


@pytest.mark.parametrize("path", ["/positions?partty=putin", "/positions?stance=agrees,rejects"])
def test_an_error_leads_nowhere_if_more_than_a_value_is_wrong(client: FlaskClient, path: str) -> None:
    links = Parsed(client.get(path, headers=BROWSER).text).links
    assert [link for link in links if link.startswith("/positions?")] == []


def test_the_page_of_an_issue_begins_with_what_the_accounts_say(client: FlaskClient) -> None:
    html = page(client, "/issues/energy-strikes")
    contrast, columns, standing = (
        html.index(text) for text in ('<p class="contrast">', '<div class="columns">', 'id="standing-proposals"')
    )
    assert contrast < columns < standing
    assert '<a href="#standing-questions">What is open</a>' in html


def test_the_examples_are_links_with_their_questions(client: FlaskClient, fetch: Fetch) -> None:
    parsed, html = Parsed(page(client, "/examples")), unescape(page(client, "/examples"))
    examples = fetch("/examples")["examples"]
    assert examples
    assert all(f"<code>{example['url']}</code></a>" in html for example in examples)
    assert "http://localhost/coverage" in parsed.links
    assert all(f"<h3>{example['question']}</h3>" in html for example in examples)


def test_the_timeline_says_at_what_time_an_event_was(tmp_path: Path) -> None:
    dated = {"date": "2025-03-18", "date_basis": "stated"}
    events = [{"id": "call", **dated, "time": "17:00+03:00"}, {"id": "talks", **dated}]
    html = page(load_bundles(tmp_path / "times.db", base(events=events)), "/timeline")
    assert html.count("18 Mar 2025</span>") == 1
    assert html.count("18 Mar 2025, 17:00+03:00</span>") == 1


def test_links_that_narrow_a_page_keep_its_other_filters(client: FlaskClient) -> None:
    matrix = Parsed(page(client, "/matrix?issue=energy-strikes")).links
    assert "/matrix?as_of=2024-10-31&issue=energy-strikes" in matrix
    assert "/positions?party=putin&stance=welcomes" in Parsed(page(client, "/positions?party=putin")).links
    assert "/search?q=energy&type=proposals" in Parsed(page(client, "/search?q=energy")).links


def test_the_matrix_offers_the_days_of_its_own_positions(client: FlaskClient, fetch: Fetch) -> None:
    html = page(client, "/matrix?issue=energy-strikes&as_of=2024-10-31")
    days = re.findall(r'<option value="(\d{4}-\d\d-\d\d)">', html)
    positions = fetch("/positions?issue=energy-strikes&limit=500")["data"]
    assert days == sorted({position["date_latest"] for position in positions}, reverse=True)
    assert '<input id="as-of" name="as_of" type="date" value="2024-10-31" list="days-of-change">' in html
    assert '<input type="hidden" name="issue" value="energy-strikes">' in html
    assert '<input id="as-of" name="as_of" type="text" value="2025-03"' in page(client, "/matrix?as_of=2025-03")


def test_the_page_of_a_party_tells_its_proposals_from_those_put_to_it(client: FlaskClient, fetch: Fetch) -> None:
    html = page(client, "/parties/putin")
    assert html.count("<h2>Proposals put forward ") == 1
    listed = html.partition("<h2>Proposals put forward ")[2].partition("</section>")[0]
    proposed = {each["id"] for each in fetch("/proposals?proposed_by=putin")["data"]}
    assert set(re.findall(r'<h3><a href="/proposals/([^"]+)"', listed)) == proposed
    assert proposed < {each["id"] for each in fetch("/proposals?party=putin")["data"]}


@pytest.mark.parametrize("path", ["/parties/putin", "/vocabularies"])
def test_a_long_page_begins_with_links_to_its_sections(client: FlaskClient, path: str) -> None:
    html = page(client, path)
    links = re.findall(r'<a href="#([^"]+)"', html.partition('<nav class="sections"')[2].partition("</nav>")[0])
    assert len(links) > 2
    assert set(links) <= set(Parsed(html).ids)


def test_what_accounts_have_in_common_is_not_marked_as_a_difference(client: FlaskClient) -> None:
    html = page(client, "/compare?accounts=kremlin,white-house&issue=energy-strikes")
    common = html.partition('<p class="contrast side"><strong>Same side on similar proposals:</strong> Donald Trump')[
        2
    ].partition("</p>")[0]
    assert '#p11"' in common
    assert "<code>variant_of</code>" in html


def test_account_that_is_not_stated_has_one_name(client: FlaskClient, fetch: Fetch) -> None:
    html = page(client, "/statements?account=unattributed")
    assert "Account: account not stated" in html
    assert '<option value="unattributed" selected>account not stated</option>' in html
    compared = fetch("/compare?accounts=unattributed,kremlin")["accounts"]
    assert compared[0] == {"account": "unattributed", "name": "account not stated"}


def test_choices_follow_the_data(own: Path) -> None:
    """A page of the past has those of the past."""
    client = client_of(own)
    assert '<option value="putin">Vladimir Putin</option>' in page(client, "/positions")
    rename(own, RecordRef("parties", "putin"), "v-putin", Authorship("Desk", "A test."))
    assert '<option value="v-putin">Vladimir Putin</option>' in page(client, "/positions")
    assert '<option value="putin">Vladimir Putin</option>' in page(client, "/positions?known_at=1")


def test_a_wrong_query_can_be_corrected_in_its_form(client: FlaskClient) -> None:
    html = client.get("/compare?accounts=kremlin", headers=BROWSER).text
    assert '<option value="kremlin" selected>Kremlin</option>' in html
    right = page(client, "/compare?accounts=kremlin&accounts=white-house")
    assert right.count('<section class="account">') > 2


def sent_by_form(html: str) -> list[tuple[str, str]]:
    """Return the parameters that the filter form of a page sends if nobody changes it."""
    form = html.partition('<details class="filter"')[2].partition("</details>")[0]
    sent = [
        (name, value)
        for name, options in re.findall(r'<select id="[^"]+" name="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL)
        for value in re.findall(r'<option value="([^"]*)" selected>', options)
    ]
    inputs = [tag for tag in re.findall("<input [^>]+>", form) if 'type="checkbox"' not in tag or " checked" in tag]
    sent += [tuple(re.findall(r' (?:name|value)="([^"]*)"', tag)) for tag in inputs]
    return sorted((name, value) for name, value in sent if value)


@pytest.mark.parametrize(
    ("path", "summary"),
    [
        ("/events?kind=call&kind=talks&status__not=alleged", ["Kind: call, talks", "Status is not: alleged"]),
        ("/events?kind=call&limit=20&sort=-date", ["Kind: call", "Sort: -date", "Limit: 20"]),
        ("/proposals?stage=null&stage=proposed", ["Stage: no value, proposed"]),
        ("/changes?author=Desk, London&reason=second report", ["Author: Desk, London", "Reason: second report"]),
    ],
)
def test_a_filter_keeps_every_parameter_of_the_page(client: FlaskClient, path: str, summary: list[str]) -> None:
    html = page(client, path)
    assert sent_by_form(html) == sorted(parse_qsl(urlsplit(path).query))
    shown = html.partition("<summary>")[2].partition("</summary>")[0]
    assert sorted(re.findall('<span class="type">([^<]+)</span>', shown)) == sorted(summary)


def test_a_filter_selects_several_values_only_where_it_may(client: FlaskClient) -> None:
    for tag in re.findall(r"<select [^>]+>.*?</select>", page(client, "/events?kind=call,talks"), re.DOTALL):
        assert tag.count(" selected>") < 2 or " multiple " in tag.partition(">")[0]


@pytest.mark.parametrize(("value", "control"), [("2025-03-18", "date"), ("2025-03", "text"), ("soon", "text")])
def test_a_date_that_is_no_day_stays_in_the_form(client: FlaskClient, value: str, control: str) -> None:
    html = client.get(f"/matrix?as_of={value}", headers=BROWSER).text
    assert f'name="as_of" type="{control}" value="{value}"' in html


@pytest.mark.parametrize("value", ["<script>alert(1)</script>", '"><b>', "{{ 7*7 }}"])
def test_what_a_client_sends_is_shown_as_text(client: FlaskClient, value: str) -> None:
    for path in ("/search", "/parties", "/matrix"):
        html = client.get(path, query_string={"q": value, "party": value}, headers=BROWSER).text
        assert value not in html or "{{" in value
        assert "49" not in html.partition("<main")[2].partition("</main")[0]


@pytest.mark.parametrize(
    "path", ["/matrix", "/embed/matrix", "/events", "/matrix?issue=", "/timeline.atom", "/search", "/matrix.svg"]
)
def test_invisible_characters_of_a_query_are_escaped(client: FlaskClient, path: str) -> None:
    """A mark for writing from right to left would turn around what follows it; fields keep what was sent."""
    path, _, name = path.partition("?")
    value = "energy \u202egniht"
    response = client.get(path, query_string={name.rstrip("=") or "q": value}, headers=BROWSER)
    assert "\u202e" not in re.sub(r' value="[^"]*"', "", response.text)
    assert response.status_code == (400 if name else 200)


def test_a_form_does_not_keep_the_place_in_a_list_of_changes(client: FlaskClient) -> None:
    """`since` with `after` is where a page begins: another filter begins again at the start."""
    assert 'name="since"' in page(client, "/changes?since=0&limit=2")
    later = page(client, "/changes?since=0&after=1&limit=2")
    assert 'name="limit"' in later
    assert 'name="since"' not in later
    assert 'name="after"' not in later


def test_every_page_names_its_other_formats_and_how_to_cite_it(client: FlaskClient) -> None:
    html = page(client, "/matrix?issue=energy-strikes")
    for suffix in ("json", "csv", "txt"):
        link = f"http://localhost/matrix.{suffix}?issue=energy-strikes"
        assert link in html
        assert client.get(link.removeprefix("http://localhost")).status_code == 200
    today = datetime.now(UTC)
    day = f"{today:%d %b %Y}".lstrip("0")
    title = "Where everyone stands. Only: issue Strikes on energy"
    assert f"Readout, “{title}”, revision 1 of {day}, sources up to 18 Mar 2025. http://localhost" in html
    assert re.search("@misc{readout-1-matrix-[0-9a-f]{8},", html)
    assert f"year = {{{today.year}}}" in html
    csl = json.loads(unescape(html).partition('<pre>{\n  "id"')[2].partition("</pre>")[0].join(['{"id"', ""]))
    assert csl["type"] == "webpage"
    assert csl["issued"] == {"date-parts": [[today.year, today.month, today.day]]}


def test_every_page_has_a_preview_and_a_fact_box(client: FlaskClient) -> None:
    previews = set()
    for path in PAGES:
        html = unescape(page(client, path))
        previews |= set(re.findall(r'og:image" content="http://localhost([^"]+)"', html))
        box = html.partition("Fact box in Markdown</summary>")[2].partition("</pre>")[0]
        assert re.search(rf"\]\(http://localhost{re.escape(path)}([?&]known_at=1)?\)", box), path
    assert "/matrix.png?account=kremlin,white-house" in previews
    assert "/parties/putin" not in previews
    for preview in previews:
        assert client.get(preview).content_type == "image/png", preview


def test_a_record_has_the_formats_of_a_list_of_one(client: FlaskClient) -> None:
    html = page(client, "/events/trump-putin-call")
    for suffix in ("csv", "xlsx", "ics"):
        assert f'href="http://localhost/events.{suffix}?id=trump-putin-call"' in html
        assert client.get(f"/events.{suffix}?id=trump-putin-call").status_code == 200
    assert ".ics" not in page(client, "/parties/putin")


@pytest.mark.parametrize("path", [path for path, _, _ in ERRORS])
def test_an_error_names_neither_other_formats_nor_a_picture(client: FlaskClient, path: str) -> None:
    html = client.get(path, headers=BROWSER).text
    assert 'rel="alternate"' not in html
    assert "og:image" not in html


def test_a_record_has_a_fact_box_to_paste(client: FlaskClient) -> None:
    html = unescape(page(client, "/statements/kremlin-reacted-positively"))
    box = html.partition("Fact box in Markdown</summary>")[2].partition("</pre>")[0]
    assert "> “reacted positively”" in box
    assert "(Kremlin, 18 Mar 2025\\*; News article on the Trump–Putin call" in box
    url = "http://localhost/statements/kremlin-reacted-positively?known_at=1"
    assert f"¶2, ¶1) [Readout]({url})\n\n\\* The source does not" in box
    inferred = unescape(page(client, "/positions/russia-accepts-energy-infrastructure-ceasefire"))
    box = inferred.partition("Fact box in Markdown</summary>")[2].partition("</pre>")[0]
    assert "Steve Witkoff, 18 Mar 2025" in box
    assert "; inferred: that “we” includes Russia" in box


def test_a_fact_box_has_no_markup_of_the_record() -> None:
    card = Card("Statement", "/s", "~~not~~ &amp; www.example.org", None, None, [], [], None, "Kremlin", None, [])
    assert fact_box(card, "http://localhost/s") == (
        "**\\~\\~not\\~\\~ \\&amp; www\\.example.org** (Kremlin) [Readout](http://localhost/s)"
    )


def test_the_stylesheet_never_expires_and_is_the_only_file(client: FlaskClient) -> None:
    html = page(client, "/")
    (path,) = re.findall(r'rel="stylesheet" href="([^"]+)"', html)
    response = client.get(path)
    assert "immutable" in response.headers["Cache-Control"]
    assert "url(" not in response.text
    assert "@import" not in response.text


def test_placeholder_has_the_contrast_of_the_palette(client: FlaskClient) -> None:
    """Browsers make it paler than the text, below AA on a dark ground."""
    (path,) = re.findall(r'rel="stylesheet" href="([^"]+)"', page(client, "/"))
    assert "::placeholder { color: var(--quiet); opacity: 1; }" in client.get(path).text


def test_links_keep_the_path_of_the_base_url(database: Any) -> None:

    client = create_app(database=str(database), base_url="https://example.org/readout").test_client()
    links = [link for path in ("/matrix", "/nowhere") for link in Parsed(client.get(path, headers=BROWSER).text).links]
    assert [link for link in links if "/readout/readout/" in link] == []
    assert {link for link in links if not link.startswith(("/readout/", "https://example.org/readout", "#"))} == set()
