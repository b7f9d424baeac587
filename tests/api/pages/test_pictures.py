"""Pictures: SVG that says what the JSON says, drawn within bounds, and pages that may be framed."""

import itertools
import re
import struct
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.lists.readable_date import marked_date
from api.pages.assets import read_asset
from api.pages.pictures import picture_canvas, picture_style
from api.pages.pictures.accounts import MAX_ISSUES, MAX_RECORDS
from api.pages.pictures.canvas import MAX_FOOTNOTES
from api.pages.pictures.preview import crop, draw_preview
from api.pages.pictures.text_layout import MAX_LINES, STYLES, text_width, wrap_text
from api.views.contrasts import accounts_differ
from api.views.entries import entry_kind
from schemas.terms import SIDES
from tests.support.small_bundles import base, load_bundles, on_account

NAMESPACE = "{http://www.w3.org/2000/svg}"
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
ACCOUNTS = "/issues/energy-strikes/accounts"
VIEWS = ("/matrix", "/timeline", ACCOUNTS, "/events/trump-putin-call/accounts")
WIDTHS = (60, 100, 145)
HOSTILE = "<script>alert(1)</script> & \"'>]]> \x1b[31m \u202e wörter"
Fetch = Callable[..., Any]


def parse(svg: bytes) -> ElementTree.Element:
    """Return a picture as a tree. Raise ParseError if it is not well-formed."""
    return ElementTree.fromstring(svg)  # noqa: S314 - our own output, which has no entities


class Picture:
    """A picture, with the text of each of its groups."""

    def __init__(self, client: FlaskClient, path: str) -> None:
        response = client.get(path)
        assert (response.status_code, response.content_type) == (200, "image/svg+xml"), response.text
        self.root = parse(response.data)
        self.groups = {str(group.get("id")): group for group in self.root.iter(f"{NAMESPACE}g")}

    def all(self, tag: str) -> list[ElementTree.Element]:
        return list(self.root.iter(NAMESPACE + tag))

    def text(self, group: str | None = None) -> str:
        """Return the visible text of a group or of the whole picture, without line breaks."""
        texts = (self.groups[group] if group else self.root).iter(f"{NAMESPACE}text")
        return " ".join(" ".join("".join(text.itertext()).split()) for text in texts)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("path", VIEWS)
def test_a_picture_is_accessible_and_stands_alone(client: FlaskClient, path: str, width: int) -> None:
    picture = Picture(client, f"{path}.svg?width={width}")
    assert picture.root.get("role") == "img"
    title, description = (picture.root.find(NAMESPACE + tag) for tag in ("title", "desc"))
    assert title is not None
    assert description is not None
    assert picture.root.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
    assert {element.tag.removeprefix(NAMESPACE) for element in picture.root.iter()} <= {
        *("svg", "title", "desc", "style", "defs", "linearGradient", "stop", "rect", "line", "g", "text", "tspan")
    }
    assert not re.search(r"@import|@font-face|url\((?!#)", picture_style())
    ids = [element.get("id") for element in picture.root.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    assert f"Readout, revision 1, sources up to 18 Mar 2025 http://localhost{path}" in picture.text()


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("path", VIEWS)
def test_nothing_is_drawn_beyond_the_picture(client: FlaskClient, path: str, width: int) -> None:
    picture = Picture(client, f"{path}.svg?width={width}")
    right, bottom = float(picture.root.get("width", 0)), float(picture.root.get("height", 0))
    assert right == pytest.approx(width * 7.6)
    for box in picture.all("rect")[1:]:
        assert float(box.get("x", 0)) >= 0
        assert float(box.get("x", 0)) + float(box.get("width", 0)) <= right
    for text in picture.all("text"):
        style = str(text.get("class"))
        for line in text:
            start, room = float(line.get("x", 0)), text_width(str(line.text).rstrip(), style.partition(" ")[0])
            start -= room / 2 if "middle" in style else 0
            assert start >= 0
            assert start + room <= right, line.text
            assert float(line.get("y", 0)) < bottom


@pytest.mark.parametrize("query", ["", "&rows=proposal", "&level=party", "&account=kremlin", "&as_of=2025-02"])
@pytest.mark.parametrize("width", [60, 145])
def test_the_matrix_has_every_position_with_its_account(
    client: FlaskClient, fetch: Fetch, width: int, query: str
) -> None:
    matrix = fetch(f"/matrix?issue=energy-strikes,general-ceasefire{query}")
    picture = Picture(client, f"/matrix.svg?issue=energy-strikes,general-ceasefire&width={width}{query}")
    is_table = any(text.get("class") == "column" for text in picture.all("text"))
    for cell in matrix["cells"]:
        group = f"{cell['row']}--{cell['party']}"
        if cell["discussed"]:
            assert "spoke of it, no position (" in picture.text(group)
            continue
        if not cell["positions"]:
            assert "not recorded" in picture.text(group) if is_table else group not in picture.groups
            continue
        shown = picture.text(group)
        for position in cell["positions"]:
            symbol = {"for": "+", "qualified": "±", "open": "?", "against": "−"}[position["side"]]
            inferred = "" if position["explicit"] else ", inferred"
            holder = "" if position["party"] == cell["party"] else f"{position['party_name']} "
            assert f"{symbol} {holder}{position['label']}{inferred}" in shown
            assert position["attribution"].removesuffix(" (inferred)") in shown
            assert f", {marked_date(position)}" in shown
            assert ("rows=proposal" in query) or position["title"][:10] in shown
        assert ("accounts differ" in shown) is bool(cell["differs"])
        dashed = [box for box in picture.groups[group] if str(box.get("class")).endswith("inferred")]
        assert bool(dashed) is not all(position["explicit"] for position in cell["positions"])


@pytest.mark.parametrize("width", [60, 145])
def test_every_condition_is_named_or_counted(tmp_path: Path, width: int) -> None:
    conditions = {f"demand-{number}": f"Demand {number} that has a very long title" for number in range(8)}
    position = {"id": "conditional", "stance": "sets_conditions", "conditions": list(conditions)}
    document = base("truce", *conditions, positions=[position])
    for proposal in document["proposals"][1:]:
        proposal["title"] = conditions[proposal["id"]]
    shown = Picture(load_bundles(tmp_path / "conditions.db", document), f"/matrix.svg?width={width}").text()
    assert [f"“{title}”" in shown for title in conditions.values()] == [True] * 6 + [False] * 2
    assert "2 more conditions" in shown


@pytest.mark.parametrize("width", WIDTHS)
def test_titles_in_the_matrix_are_cut_between_words(client: FlaskClient, width: int) -> None:
    assert not re.search(r"\w…", Picture(client, f"/matrix.svg?width={width}").text())


@pytest.mark.parametrize("query", ["", "?width=60", "?rows=proposal&width=145"])
def test_a_cell_has_the_number_of_each_of_its_inferences(client: FlaskClient, fetch: Fetch, query: str) -> None:
    """Without it, nobody knows of whom a note below the picture says that "he demands them"."""
    picture = Picture(client, f"/matrix.svg{query}")
    texts = [" ".join("".join(text.itertext()).split()) for text in picture.all("text")]
    notes = dict(text.split(" ", 1) for text in texts if re.match(r"\[\d+\] ", text))
    cells = {f"{cell['row']}--{cell['party']}": cell for cell in fetch(f"/matrix{query}")["cells"]}
    for group, cell in cells.items():
        numbers = re.findall(r"\[\d+\]", picture.text(group)) if group in picture.groups else []
        assert {notes[number] for number in numbers} == {
            f"Inferred (account: {position['attribution'].removesuffix(' (inferred)')}): {position['inference']}."
            for position in cell["positions"]
            if position["inference"] and group in picture.groups
        }
    assert list(notes) == [f"[{number}]" for number in range(1, len(notes) + 1)]
    assert len(notes) > 10
    assert "more inference" not in picture.text()


def test_inferences_of_a_large_matrix_are_counted(tmp_path: Path) -> None:
    proposals = [f"truce-{number}" for number in range(MAX_FOOTNOTES // 4 + 2)]
    positions = [
        {"id": f"{proposal}-{party}", "proposal": proposal, "party": party}
        | {"explicit": False, "inference": f"that {party} means {proposal}"}
        for proposal in proposals
        for party in ("putin", "trump", "russia", "united-states")
    ]
    client = load_bundles(tmp_path / "inferred.db", base(*proposals, positions=positions))
    text = Picture(client, "/matrix.svg?rows=proposal&level=party").text()
    assert text.count("Inferred (account: ") == MAX_FOOTNOTES
    assert len(re.findall(r"inferred \[\d+\]", text)) == MAX_FOOTNOTES
    assert "8 more inferences are at the address below." in text


def test_the_names_of_parties_stand_apart_from_the_legend(client: FlaskClient) -> None:
    texts = Picture(client, "/matrix.svg").all("text")
    place = next(place for place, text in enumerate(texts) if text.get("class") == "column")
    assert float(texts[place][0].get("y", 0)) - float(texts[place - 1][-1].get("y", 0)) > STYLES["column"].leading + 4


def test_a_cell_of_the_matrix_says_that_there_is_no_date(tmp_path: Path) -> None:
    position = {"id": "undated", "date": None, "date_basis": None, **on_account("kremlin")}
    client = load_bundles(tmp_path / "undated.db", base("truce", positions=[position]))
    assert "Kremlin, no date" in Picture(client, "/matrix.svg").text()


def test_a_list_names_the_parties_without_a_position(client: FlaskClient) -> None:
    assert "Not recorded: Ukraine, Donald Trump" in Picture(client, "/matrix.svg?width=60").text()


def test_a_picture_says_what_its_query_leaves_out(client: FlaskClient) -> None:
    text = Picture(client, "/matrix.svg?account=kremlin&as_of=2025-03-18&rows=proposal&utm_source=x").text()
    assert "As it stood at the end of 18 Mar 2025." in text
    assert "Only: account Kremlin." in text
    assert "http://localhost/matrix?account=kremlin&as_of=2025-03-18&rows=proposal" in text


def test_the_matrix_of_a_later_day_has_what_is_scheduled(client: FlaskClient, fetch: Fetch) -> None:
    text = Picture(client, "/matrix.svg?as_of=2025-04-01").text()
    (event, *_) = fetch("/matrix?as_of=2025-04-01")["scheduled"]
    assert f"{event['title']} " in text
    assert f"{event['status']}, {event['attribution']}" in text
    assert "Scheduled" not in Picture(client, "/matrix.svg").text()


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("path", VIEWS[2:])
def test_accounts_have_every_record_with_whose_word_it_is(
    client: FlaskClient, fetch: Fetch, path: str, width: int
) -> None:
    """Every record is there to its last word, also in a narrow column."""
    picture = Picture(client, f"{path}.svg?width={width}")
    data = fetch(path)
    for issue in data["issues"][:MAX_ISSUES]:
        for column in issue["accounts"]:
            group = f"{issue['issue']}--{column['account']}"
            assert bool(column["records"] or column["elsewhere"]) is (group in picture.groups)
            for record in column["records"][:MAX_RECORDS] + column["elsewhere"][:MAX_RECORDS]:
                assert record["text"] in picture.text(group)
                assert not record["quote"] or f"“{record['quote']}”" in picture.text(group)
                assert record["attribution"].removesuffix(" (inferred)") in picture.text(group)
                assert f"¶{record['citations'][0]['paragraph']}" in picture.text(group)
        for contrast in issue["contrasts"]:
            assert contrast["note"] in picture.text()
    assert "…" not in picture.text()
    assert data["silence"] in picture.text()


def test_accounts_say_what_is_only_planned_or_agreed_in_principle(client: FlaskClient, fetch: Fetch) -> None:
    path = "/events/trump-putin-call/accounts"
    picture, states = Picture(client, f"{path}.svg"), set()
    for issue in fetch(path)["issues"][:MAX_ISSUES]:
        for column in issue["accounts"]:
            for record in column["records"] + column["elsewhere"]:
                if not record["stance"]:
                    shown = picture.text(f"{issue['issue']}--{column['account']}")
                    kind = entry_kind(record)
                    assert f"{kind[0].upper()}{kind[1:]} · {record['attribution']}, " in shown
                    states |= {record["status"], record["stage"]}
    assert {"planned", "agreed_in_principle"} <= states


def test_what_is_not_about_the_event_is_headed_so(client: FlaskClient) -> None:
    shown = Picture(client, "/events/trump-putin-call/accounts.svg").text("energy-strikes--zelenskyy")
    assert "Elsewhere: not about the event" in shown


def test_silence_is_named(client: FlaskClient) -> None:
    text = Picture(client, "/issues/black-sea/accounts.svg").text()
    assert "No record on the account of: Senior Ukrainian official, the article, Volodymyr Zelenskyy" in text
    text = Picture(client, "/events/trump-putin-call/accounts.svg").text()
    assert "No record on the account of: Senior Ukrainian official, Donald Trump, the article" in text
    text = Picture(client, "/issues/general-ceasefire/accounts.svg").text()
    words = "they may have reported these words, as nobody is named who did: Vladimir Putin, quoted by the article"
    accounts = "Kremlin, Senior Ukrainian official, White House, Steve Witkoff"
    assert f"{accounts}: no record; {words}" in text


def test_the_timeline_has_every_entry_with_its_account(client: FlaskClient, fetch: Fetch) -> None:
    picture = Picture(client, "/timeline.svg")
    entries = fetch("/timeline?limit=500")["data"]
    assert len(entries) == len([group for group in picture.groups if "--" in group])
    for entry in entries:
        shown = picture.text(entry["id"].replace("/", "--"))
        assert entry["title"] in shown
        assert not entry["after"] or f"after: {'; '.join(event['title'] for event in entry['after'])}" in shown
        assert entry["attribution"].removesuffix(" (inferred)") in shown
        assert ("inferred" in shown) is ("inferred" in entry["attribution"])


def test_records_at_an_event_are_not_counted_as_its_account(client: FlaskClient) -> None:
    """The event of the call is on the account of the article; what was said in it is on those of other parties, too."""
    picture = Picture(client, "/timeline.svg")
    text = picture.text("events--trump-putin-call")
    assert re.search(r"the article · with \d+ proposals, \d+ positions[^·]*, on different accounts", text)
    text = picture.text("events--white-house-readout")
    assert re.search(r"the article · with \d+ statements[^·]* \(according to White House\)", text)
    assert "· with " not in picture.text("events--february-trump-putin-conversation")


@pytest.mark.parametrize("path", ["/timeline.svg", "/timeline.svg?since=2025-03-01&width=60"])
def test_a_range_is_drawn_from_its_earliest_to_its_latest_day(client: FlaskClient, fetch: Fetch, path: str) -> None:
    """The bars of all ranges lie on one straight scale; a day is a round mark in the middle of its day."""
    picture = Picture(client, path)
    entries = fetch(f"{path.replace('.svg', '').replace('&width=60', '')}{'&' if '?' in path else '?'}limit=500")[
        "data"
    ]
    bars = [box for box in picture.all("rect") if str(box.get("class")).startswith("bar")]
    drawn = {(bar.get("data-earliest"), bar.get("data-latest")) for bar in bars}
    assert drawn == {
        (entry["date_earliest"] or "..", entry["date_latest"] or "..") for entry in entries if entry["date"]
    }
    places = []
    for bar in bars:
        left, width = float(bar.get("x", 0)), float(bar.get("width", 0))
        earliest, latest = str(bar.get("data-earliest")), str(bar.get("data-latest"))
        if earliest == latest:
            assert float(bar.get("rx", 0)) * 2 == width
            places.append((date.fromisoformat(earliest).toordinal() + 0.5, left + width / 2))
            continue
        assert str(bar.get("class")).endswith("opens") is (earliest == "..")
        assert str(bar.get("class")).endswith("closes") is (latest == "..")
        if earliest != "..":
            places.append((date.fromisoformat(earliest).toordinal(), left))
        if latest != "..":
            places.append((date.fromisoformat(latest).toordinal() + 1, left + width))
    (first, start), (last, end) = min(places), max(places)
    for day, x in places:
        assert x == pytest.approx(start + (day - first) / (last - first) * (end - start), abs=0.2)


def test_an_approximate_date_is_dashed(client: FlaskClient) -> None:
    bars = [box for box in Picture(client, "/timeline.svg").all("rect") if box.get("class") == "bar about"]
    assert [bar.get("data-earliest") for bar in bars] == ["2025-02-18"]


def test_an_undated_timeline_has_no_axis(client: FlaskClient) -> None:
    picture = Picture(client, "/timeline.svg?dated=false")
    assert "no date" in picture.text()
    assert [box for box in picture.all("rect") if str(box.get("class")).startswith("bar")] == []
    assert "No entry matches." in Picture(client, "/timeline.svg?q=zebra").text()


@pytest.mark.parametrize("dates", [("0001", "9999-12-31"), ("2025-03-18",), ("../2025",), ("2025/..", "20XX?")])
def test_ticks_stand_apart_whatever_the_dates(tmp_path: Path, dates: tuple[str, ...]) -> None:
    events = [{"id": f"event-{place}", "date": value, "date_basis": "stated"} for place, value in enumerate(dates)]
    client = load_bundles(tmp_path / "dates.db", base("truce", events=events))
    for width in WIDTHS:
        picture = Picture(client, f"/timeline.svg?type=events&width={width}")
        bars = [box for box in picture.all("rect") if str(box.get("class")).startswith("bar")]
        assert len(bars) == len(dates)
        ticks = [float(line.get("x1", 0)) for line in picture.all("line") if line.get("x1") == line.get("x2")]
        assert len(ticks) <= 20
        assert all(second - first >= 80 for first, second in itertools.pairwise(ticks))


def test_a_picture_is_bounded_and_says_so(tmp_path: Path) -> None:
    """A large negotiation: every picture draws its first part, and says how much it leaves out."""
    proposals = [f"truce-{number}" for number in range(140)]
    positions = [
        {"id": f"position-{number}", "proposal": proposal, **on_account("kremlin")}
        for number, proposal in enumerate(proposals)
    ]
    client = load_bundles(tmp_path / "large.db", base(*proposals, positions=positions))
    matrix = Picture(client, "/matrix.svg?rows=proposal")
    assert "110 more rows not shown." in matrix.text()
    assert len({group.split("--")[0] for group in matrix.groups}) == 30
    accounts = Picture(client, "/issues/matter/accounts.svg").text()
    assert "128 more records of this account not shown" in accounts
    timeline = Picture(client, "/timeline.svg")
    assert "180 more entries not shown." in timeline.text()
    assert len(timeline.groups) == 100


def test_hostile_text_is_shown_as_text(tmp_path: Path) -> None:
    words = HOSTILE.replace("\x1b", "").replace("\u202e", "")
    document = base(
        "truce",
        positions=[{"id": "hostile", "summary": words, **on_account("kremlin")}],
        events=[{"id": "hostile", "title": words + "x" * 400, "date": "2025", "date_basis": "stated"}],
    )
    document["parties"][2]["name"] = words
    client = load_bundles(tmp_path / "hostile.db", document)
    for path in ("/matrix.svg", "/issues/matter/accounts.svg", "/timeline.svg"):
        picture = Picture(client, path)
        assert "<script>alert(1)</script>" in picture.text()
        assert picture.all("script") == []
        assert max(len(text) for text in picture.all("text")) <= MAX_LINES


def test_hostile_query_is_shown_as_text(client: FlaskClient) -> None:
    response = client.get("/matrix.svg", query_string={"q": HOSTILE})
    assert "Only: words <script>" in "".join(parse(response.data).itertext())
    assert b"<script" not in response.data


@pytest.mark.parametrize("text", ["", "word", "no " * 400, "x" * 3000, "和平谈判" * 300, "é" * 500, "a-b-" * 300])
def test_lines_fit_whatever_the_text(text: str) -> None:
    lines = wrap_text(text, "text", 120)
    assert 1 <= len(lines) <= MAX_LINES
    assert all(text_width(line, "text") <= 120 for line in lines)
    assert "".join(lines).replace(" ", "").rstrip("…") in text.replace(" ", "")


def test_colours_have_enough_contrast_in_light_and_dark() -> None:
    """WCAG 2.2, 1.4.3: text has 4.5 to 1 against its ground; 1.4.11: bars and dashed borders have 3 to 1."""
    light, _, dark = read_asset("palette.css").decode().partition("@media")
    for css in (light, dark):
        colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", css))
        for side in SIDES:
            assert contrast(colours[side], colours[f"{side}-tint"]) >= 4.5
            assert contrast(colours[side], colours["paper"]) >= 4.5
        for name in ("ink", "quiet", "against"):
            assert contrast(colours[name], colours["paper"]) >= 4.5
        assert contrast(colours["accent"], colours["paper"]) >= 3
        assert colours["paper"] in picture_style()


def contrast(first: str, second: str) -> float:
    """Return the contrast of two colours as WCAG defines it."""
    lighter, darker = sorted((luminance(first), luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    channels = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_accept_chooses_the_picture(client: FlaskClient) -> None:
    for path in VIEWS:
        negotiated = client.get(path, headers={"Accept": "image/avif,image/webp,image/*,*/*;q=0.8"})
        assert negotiated.content_type == "image/svg+xml"
        assert negotiated.data == client.get(f"{path}.svg").data
        again = client.get(f"{path}.svg", headers={"If-None-Match": client.get(f"{path}.svg").headers["ETag"]})
        assert again.status_code == 304


def test_wrong_parameters_of_a_picture_are_errors(client: FlaskClient) -> None:
    for query in ("width=20", "width=9000", "layout=tall", "cursor=x"):
        response = client.get(f"/{'timeline' if 'cursor' in query else 'matrix'}.svg?{query}")
        assert (response.status_code, response.content_type) == (400, "application/problem+json")
    assert client.get("/issues/none/accounts.svg").status_code == 404
    assert client.get("/parties.svg").status_code == 404


@pytest.mark.parametrize("path", VIEWS)
def test_only_embedded_pages_may_be_framed(client: FlaskClient, path: str) -> None:
    embedded = client.get(f"/embed{path}?account=kremlin")
    assert (embedded.status_code, embedded.content_type) == (200, "text/html; charset=utf-8")
    policy = embedded.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'self'")
    assert "frame-ancestors" not in policy
    assert "X-Frame-Options" not in embedded.headers
    for other in (path, f"{path}.html", f"{path}.svg", f"{path}.json"):
        assert "frame-ancestors 'none'" in client.get(other, headers=BROWSER).headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", VIEWS)
def test_an_embedded_page_names_its_source_and_leads_back(client: FlaskClient, path: str) -> None:
    html = client.get(f"/embed{path}?account=kremlin").text
    assert '<header class="site">' not in html
    assert re.search(r"revision 1 of \d+ \w+ \d+, sources up to 18 Mar 2025\.", html)
    assert f'<a href="http://localhost{path}?account=kremlin">Open it at Readout</a>' in html
    assert '<base target="_blank">' in html
    assert "Only: account Kremlin." in html or f'<img src="{path}.svg?account=kremlin"' in html


@pytest.mark.parametrize("path", VIEWS)
def test_a_page_shows_how_to_embed_its_picture(client: FlaskClient, path: str) -> None:
    html = client.get(f"{path}?account=kremlin", headers=BROWSER).text
    assert f'<meta property="og:image" content="http://localhost{path}.png?account=kremlin">' in html
    (code,) = re.findall(r"(&lt;picture&gt;.*?&lt;/picture&gt;)", html, re.DOTALL)
    assert f"http://localhost{path}.svg?account=kremlin&amp;amp;width=60" in code
    assert f"&lt;iframe src=&#34;http://localhost/embed{path}?account=kremlin&#34;" in html.replace('"', "&#34;")


def test_a_page_without_a_picture_has_none_to_embed(client: FlaskClient) -> None:
    html = client.get("/parties", headers=BROWSER).text
    assert 'og:image" content="http://localhost/timeline.png"' in html
    assert "Embed it" not in html


@pytest.mark.parametrize("path", VIEWS)
def test_a_preview_is_the_top_of_the_picture_as_png(client: FlaskClient, path: str) -> None:
    response = client.get(f"{path}.png?account=kremlin", headers={"Accept-Encoding": "gzip"})
    assert (response.status_code, response.content_type) == (200, "image/png")
    assert "Content-Encoding" not in response.headers
    assert response.data.startswith(b"\x89PNG")
    assert struct.unpack(">II", response.data[16:24]) == (1200, 630)
    assert response.data == client.get(f"{path}.png?account=kremlin").data != client.get(f"{path}.png").data


@pytest.mark.parametrize(("words", "is_cropped"), [(20, False), (400, True)])
def test_a_preview_says_that_it_is_only_the_top(app: Flask, words: int, is_cropped: bool) -> None:
    with app.test_request_context("/matrix.png"):
        canvas = picture_canvas("Truce", 100, lambda canvas: canvas.paragraph("word " * words, "text"))
        crop(canvas, 399)
    texts = [line.text for mark in canvas.marks for line in mark.lines]
    assert ("This is only the top. All of it is behind the link." in texts) is is_cropped
    assert ("http://localhost/matrix" in texts) is not is_cropped


def test_a_preview_has_the_letters_of_other_alphabets(app: Flask) -> None:
    """The font is that of a package, so that a server needs none; a letter that it lacks would be left out."""
    with app.test_request_context("/matrix.png"):
        blank, *drawn = (
            draw_preview(title, lambda canvas: None).data for title in (" ", "Truce", "Перемир’я", "Κύπρος")
        )
    assert len({blank, *drawn}) == 4
    assert all(len(one) > len(blank) for one in drawn)


@pytest.mark.parametrize(
    "path", ["/", "/negotiations/ukraine-war-settlement", "/statements/kremlin-reacted-positively"]
)
def test_other_pages_have_the_preview_of_their_negotiation(client: FlaskClient, path: str) -> None:
    html = client.get(path, headers=BROWSER).text
    (preview,) = re.findall('property="og:image" content="http://localhost([^"]+)"', html)
    assert preview == "/matrix.png?negotiation=ukraine-war-settlement"
    assert client.get(preview).content_type == "image/png"


def test_a_wrong_query_of_a_preview_is_an_error(client: FlaskClient) -> None:
    for path in ("/matrix.png", "/timeline.png"):
        assert client.get(f"{path}?colour=red").status_code == 400
        assert client.get(f"{path}?account=nobody-there").status_code == 400


def test_the_timeline_page_shows_its_picture(client: FlaskClient) -> None:
    html = client.get("/timeline?type=events", headers=BROWSER).text
    assert '<img src="/timeline.svg?type=events"' in html
    assert html.index("<picture") < html.index('<ol class="history">')


def test_links_to_other_formats_have_only_their_parameters(client: FlaskClient) -> None:
    html = client.get("/timeline?sort=-date&limit=5", headers=BROWSER).text
    links = re.findall(r'<link rel="alternate" type="[^"]+" href="http://localhost([^"]+)">', html)
    assert {link.partition("?")[2] for link in links} == {"", "sort=-date"}
    assert {client.get(link).status_code for link in links} == {200}


def test_a_picture_on_a_page_keeps_the_path_of_the_base_url(database: Path) -> None:
    from api import create_app

    client = create_app(database=str(database), base_url="https://example.org/readout").test_client()
    html = client.get("/timeline", headers=BROWSER).text
    assert '<img src="/readout/timeline.svg"' in html
    assert 'content="https://example.org/readout/timeline.png"' in html


def test_row_says_that_accounts_differ_though_no_cell_does(client: FlaskClient, fetch: Fetch) -> None:
    rows = fetch("/matrix")["rows"]
    differing = sum(accounts_differ(row["contrasts"]) for row in rows)
    assert 0 < differing < len(rows)
    for path in ("/matrix.svg", "/matrix.svg?width=60"):
        assert len(re.findall("≠ accounts differ(?! in| on)", Picture(client, path).text())) == differing
