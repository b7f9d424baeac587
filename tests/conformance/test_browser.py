"""Chromium by Playwright, and axe-core: the pages on a screen, on a phone, in the dark, on paper, and by keyboard."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.conformance.conftest import HERE, Run, program
from tests.support.pages import EVERY_KIND

DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
AXE = (HERE / "node_modules/axe-core/axe.min.js").read_text()
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
FOUND = """async rules => (await axe.run(document, {runOnly: rules, resultTypes: ['violations']})).violations
    .map(each => [each.id, each.nodes.map(node => node.target.join(' ') + ': ' + node.failureSummary)])"""
OPEN_DETAILS = "document.querySelectorAll('details').forEach(each => { each.open = true })"
FOCUS = """() => {
    const element = document.activeElement
    if (element === document.body) return null
    const boxes = [...element.getClientRects()]
    const shares = [0.05, 0.25, 0.5, 0.75, 0.95]
    const is_on_top = (box, x, y) => {
        const found = document.elementFromPoint(box.left + x * box.width, box.top + y * box.height)
        return element.contains(found)
    }
    const style = getComputedStyle(element)
    return {
        name: element.tagName + ' ' + (element.textContent.trim() || element.id).slice(0, 50),
        is_outlined: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
        is_seen: boxes.some(box => shares.some(x => shares.some(y => is_on_top(box, x, y)))),
    }
}"""
"""The focused element: whether it has an outline, and whether part of it is seen (WCAG 2.2, 2.4.11)."""
BROKEN_WORDS = r"""() => [...document.querySelectorAll('dl.facts dt')].flatMap(label => {
    const broken = [], texts = document.createTreeWalker(label, NodeFilter.SHOW_TEXT)
    while (texts.nextNode()) {
        for (const word of texts.currentNode.data.matchAll(/\p{L}+/gu)) {
            const range = document.createRange()
            range.setStart(texts.currentNode, word.index)
            range.setEnd(texts.currentNode, word.index + word[0].length)
            if (new Set([...range.getClientRects()].map(box => box.top)).size > 1) broken.push(word[0])
        }
    }
    return broken
})"""
"""The words in the labels of fields and terms that a line ends within."""
MAX_STOPS = 300
A4_WIDTH, A4_MARGIN = 595, 40
"""Points; the margin is a little less than that of the stylesheet, since letters overhang."""
WORD = r"\w+"
SMALLEST_FONT, ZOOM = 8, 3
"""Size of the smallest printed font in points, and the factor by which pdftohtml enlarges sizes, which it rounds."""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Yield Debian's Chromium; Playwright's own would have to be downloaded."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program("chromium"), args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module", params=[DESKTOP, PHONE], ids=["desktop", "phone"])
def page(chromium: Browser, server: str, request: pytest.FixtureRequest) -> Iterator[Page]:
    """Yield a page without JavaScript."""
    with chromium.new_context(base_url=server, viewport=request.param, java_script_enabled=False) as context:
        yield context.new_page()


@pytest.fixture(scope="module")
def scripted(chromium: Browser, server: str) -> Iterator[Page]:
    """Yield a page with JavaScript, as axe-core needs."""
    with chromium.new_context(base_url=server, viewport=DESKTOP) as context:
        yield context.new_page()


@pytest.mark.parametrize("path", EVERY_KIND)
def test_every_page_opens_without_errors(page: Page, path: str) -> None:
    assert errors_of(page, path) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "it scrolls sideways"


@pytest.mark.parametrize("path", ["/vocabularies", "/vocabularies/stances", "/proposals/thirty-day-truce"])
def test_labels_break_between_words(page: Page, path: str) -> None:
    page.goto(path)
    assert page.evaluate(BROKEN_WORDS) == []


@pytest.mark.parametrize("path", ["/", "/matrix"])
def test_the_matrix_cuts_no_proposal_and_no_condition(page: Page, path: str) -> None:
    page.goto(path)
    texts = page.locator(".what")
    assert texts.count() > 0
    is_cut = "one.clientHeight > 0 && one.scrollHeight > one.clientHeight + 1"
    assert texts.evaluate_all(f"each => each.filter(one => {is_cut}).map(one => one.textContent)") == []


@pytest.mark.parametrize("path", EVERY_KIND)
def test_axe_finds_no_barrier(scripted: Page, path: str) -> None:
    assert errors_of(scripted, path) == []
    scripted.evaluate(AXE)
    scripted.evaluate(OPEN_DETAILS)
    for scheme in ("light", "dark"):
        scripted.emulate_media(color_scheme=scheme)
        for size in (DESKTOP, PHONE):
            scripted.set_viewport_size(size)
            assert scripted.evaluate(FOUND, RULES) == [], (scheme, size)


def errors_of(page: Page, path: str) -> list[str]:
    """Open a page and return what the console says of it, and what it could not load."""
    found: list[str] = []
    listeners: dict[str, Any] = {
        "console": lambda message: found.append(message.text),
        "pageerror": lambda error: found.append(str(error)),
        "requestfailed": lambda request: found.append(f"{request.url} failed"),
    }
    for event, listener in listeners.items():
        page.on(event, listener)
    response = page.goto(path)
    for event, listener in listeners.items():
        page.remove_listener(event, listener)
    assert response
    return [error for error in found if response.ok or "the server responded with a status of" not in error]


@pytest.mark.parametrize("key", ["Tab", "Shift+Tab"])
@pytest.mark.parametrize("path", ["/matrix?issue=energy-strikes", "/compare?accounts=kremlin,white-house&issue=sport"])
def test_focus_is_always_visible(page: Page, path: str, key: str) -> None:
    page.goto(path)
    page.evaluate(OPEN_DETAILS)
    stops = []
    for _ in range(MAX_STOPS):
        page.keyboard.press(key)
        focus = page.evaluate(FOCUS)
        if focus is None:
            break
        stops.append(focus)
    assert 20 < len(stops) < MAX_STOPS
    assert [stop for stop in stops if not stop["is_outlined"] or not stop["is_seen"]] == []


def test_the_first_stop_skips_to_the_content(page: Page) -> None:
    page.goto("/matrix")
    page.keyboard.press("Tab")
    link = page.get_by_role("link", name="Skip to the content")
    assert link.evaluate("each => each === document.activeElement && each.getBoundingClientRect().width > 50")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


def test_search_works_from_the_head_of_a_page(page: Page) -> None:
    page.goto("/parties/putin")
    tab_to(page, "#site-search")
    page.keyboard.type("energy")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=energy")
    assert page.locator("main mark").count() > 0


def test_a_term_shows_its_definition_to_the_keyboard(page: Page) -> None:
    page.goto("/proposals/energy-strikes-halt")
    tab_to(page, "a.badge")
    badge = page.locator("a.badge").first
    shown = badge.evaluate("each => getComputedStyle(each, '::after').content")
    assert badge.get_attribute("title") in shown or "attr(title)" in shown
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "it scrolls sideways"


def test_the_day_of_the_matrix_works_by_keyboard(page: Page) -> None:
    page.goto("/matrix?issue=energy-strikes")
    tab_to(page, "#as-of")
    page.keyboard.type("10312024")
    tab_to(page, ".as-of button")
    page.keyboard.press("Enter")
    page.wait_for_url("**/matrix?issue=energy-strikes&as_of=2024-10-31")
    assert page.locator("td .held").count() == 1


@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_a_cell_of_the_matrix_opens_by_keyboard(page: Page, key: str) -> None:
    page.goto("/matrix")
    tab_to(page, ".matrix summary")
    page.keyboard.press(key)
    cell = page.locator(".matrix td details").first
    assert cell.get_by_text("¶").first.is_visible()
    page.keyboard.press(key)
    assert not cell.get_by_text("¶").first.is_visible()


def test_filters_work_by_keyboard(page: Page) -> None:
    page.goto("/matrix")
    tab_to(page, ".filter summary")
    page.keyboard.press("Enter")
    tab_to(page, "#filter-issue")
    page.keyboard.type("The Black Sea")
    tab_to(page, ".filter button")
    page.keyboard.press("Enter")
    page.wait_for_url("**/matrix?issue=black-sea*")
    assert page.locator("#filter-issue").input_value().startswith("black-sea")
    assert page.locator("tbody th > a").all_inner_texts() == ["The Black Sea"]


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until an element has the focus."""
    for _ in range(MAX_STOPS):
        page.keyboard.press("Tab")
        if page.locator(selector).first.evaluate("each => each === document.activeElement"):
            return
    raise AssertionError(f"No stop at {selector}")


@pytest.mark.parametrize(
    "path", ["/matrix", "/timeline", "/issues/energy-strikes/accounts", "/compare?accounts=kremlin,white-house"]
)
def test_pages_fit_on_paper(page: Page, run: Run, tmp_path: Path, path: str) -> None:
    page.goto(path)
    page.emulate_media(media="print")
    heads = re.findall(WORD, " ".join(page.locator("main :is(h1, h3, h4, th)").all_inner_texts()))
    page.emulate_media(media="null")
    page.pdf(path=tmp_path / "page.pdf", format="A4", prefer_css_page_size=True)
    printed = run("pdftotext", "-bbox", tmp_path / "page.pdf", "-").text
    words = re.findall(r'<word xMin="(.+?)" yMin="(.+?)" xMax="(.+?)" yMax="(.+?)">(.+?)</word>', printed)
    texts = {text for *_, text in words}
    assert set(heads) <= set(re.findall(WORD, " ".join(texts))), "words are cut off or broken"
    assert min(float(left) for left, *_ in words) >= A4_MARGIN
    assert max(float(right) for _, _, right, *_ in words) <= A4_WIDTH - A4_MARGIN
    texts_with_fonts = run("pdftohtml", "-xml", "-i", "-stdout", "-zoom", str(ZOOM), tmp_path / "page.pdf").text
    sizes = dict(re.findall(r'<fontspec id="(\d+)" size="(\d+)"', texts_with_fonts))
    fonts_of_words = set(re.findall(r'font="(\d+)">(?:<\w+>)*[^<]*\w', texts_with_fonts))
    assert min(int(sizes[font]) for font in fonts_of_words) >= SMALLEST_FONT * ZOOM
    assert not {"Search", "Filter", "Skip", "frame:", "▾"} & texts
