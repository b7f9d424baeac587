"""Quotation marks of several languages: real quotes are found, prose is never taken for one."""

import time
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seed.quotations import quotations, quoted_spans, unclosed_paragraphs, without_quotations


def quoted(*lines: str) -> list[list[str]]:
    return list(quotations(lines))


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("„Wir sind bereit“, sagte der Minister und kritisierte danach den Rat.", ["Wir sind bereit"]),
        ("Er sagte: „Die ‚Pause‘ kommt“, dann „nichts“.", ["Die ‚Pause‘ kommt", "nichts"]),
        ("‚Ja‘, sagte er, ‚nein‘", ["Ja", "nein"]),
        ("»Wir gehen«, sagte er, »bald«.", ["Wir gehen", "bald"]),
        ("»‚Ja‘« sagte er. »Nein«", ["‚Ja‘", "Nein"]),
        ("»Wir gehen«, sagte er, und sie: «Nous partons» et « bientôt ».", ["Wir gehen", "Nous partons", " bientôt "]),
        ("»Wir gehen« und »bald« oder «oui»", ["Wir gehen", "bald", "oui"]),
        ("« Nous sommes prêts », dit-il, « et forts »", [" Nous sommes prêts ", " et forts "]),
        (
            "«\u00a0Oui\u00a0», l’«\u202fopération\u202f» et («\u00a0non\u00a0»).",
            ["\u00a0Oui\u00a0", "\u202fopération\u202f", "\u00a0non\u00a0"],
        ),
        ("« Il a dit “non” », dit-elle.", [" Il a dit “non” "]),
        ("”Vi är redo”, sade hon och ”gick hem”.", ["Vi är redo", "gick hem"]),
        ("»Vi går», sade hon.", ["Vi går"]),
        ("„Tak”, powiedział i „nie”.", ["Tak", "nie"]),
        ("彼は「準備は『もう』できた」と言った", ["準備は『もう』できた"]),
        ("他说“我们准备好了”，又说‘走’。", ["我们准备好了", "走"]),
        ("הוא אמר: ״אנחנו מוכנים״, והלך.", ["אנחנו מוכנים"]),
        ("״צה״ל מוכן״, אמר דובר צה״ל לנשיא ארה״ב, ״כולו״.", ["צה״ל מוכן", "כולו"]),
        ('"צה"ל מוכן", אמר דובר צה"ל.', ['צה"ל מוכן']),
        ("He said ＂we are ready＂ and ＂go＂.", ["we are ready", "go"]),
        ('„Wir sind bereit", sagte er; "nein", sagte sie.', ["Wir sind bereit", "nein"]),
        ('„Der "Rat" tagt", sagte er. „Der "Rat" tagt“, sagte sie.', ['Der "Rat" tagt', 'Der "Rat" tagt']),
        ("그는 “가자”고 말했다", ["가자"]),
        ('장관은 "준비됐다"고 말했고 "가자"는 말도 했다.', ["준비됐다", "가자"]),
        ('他说："我们准备好了"，随后批评了盟国。', ["我们准备好了"]),
        ("他说:“我们准备好了”,随后批评了‘盟国’。", ["我们准备好了", "盟国"]),
        ("قال الوزير: «نحن مستعدون»، ثم انتقد الحلفاء.", ["نحن مستعدون"]),
        ("هل قال «نعم»؟ قال «لا»؛ و«ربما».", ["نعم", "لا", "ربما"]),
        ('وصف الاتفاق بـ"التاريخي" و"المهم".', ["التاريخي", "المهم"]),
        ("وزیر نے کہا «ہم تیار ہیں»۔", ["ہم تیار ہیں"]),
        ("मंत्री ने कहा, «हम तैयार हैं»। फिर “नहीं”॥", ["हम तैयार हैं", "नहीं"]),
        ("Նա ասաց «պատրաստ ենք»։", ["պատրաստ ենք"]),
        ("«ዝግጁ ነን»።", ["ዝግጁ ነን"]),
        ("He said: “We are ready” and “go”.", ["We are ready", "go"]),
        ('He said: "We are ready" and "go".', ["We are ready", "go"]),
        ("“We’re here” said the boys’ coach", ["We’re here"]),
        ("“A ‘b’ c” d", ["A ‘b’ c"]),
        ("‘A “b” c’ d", ["A “b” c"]),
        ("\"'A' b\" c \"d 'e'\"", ["'A' b", "d 'e'"]),
        ("“A ‘b “c” d’ e” f", ["c"]),
        ("“the ‘90s, ’tis true” he said", ["the ‘90s, ’tis true"]),
        ('the boys’ “x” and the boys\' "y"', ["x", "y"]),
        ("the boys’ team said ‘it’s over’ and left", ["it’s over"]),
        ("O'Neil's 'great' idea, O’Brien’s ‘good’ one", ["great", "good"]),
        ("‘root causes’ of the war, ‘red lines’.", ["root causes", "red lines"]),
        ("‘We go,’ he said, ‘to the boys’ house.’", ["We go,"]),
        ("the man of 5'10\" said \"no\" and 'yes'", ["no", "yes"]),
        ("“‘Ali is here” and ‘they went’", ["‘Ali is here", "they went"]),
        ("‘an idea’ of Russia’s", []),
        ("‘the idea’ of Russia’s", ["the idea"]),
        ("“…and then—” she said—“well”—“. . . no”", ["…and then—", "well", ". . . no"]),
    ],
)
def test_quotations_of_each_kind_are_found(line: str, expected: list[str]) -> None:
    assert quoted(line) == [expected]


@pytest.mark.parametrize(
    "line",
    [
        "the '90s and the leaders' talks",
        "the ‘90s and the leaders’ talks, of ’90s fame",
        "she said 'I'm going to the boys' house' and left",
        "'the boys' claim'",
        "get 'em, the leaders' men said",
        "'Tis late, the boys' coach said, 'round the girls' house.",
        "rock 'n' roll",
        "prose ‘said prose",
        "‘said prose, the boys’ coach",
        "“said prose, and more prose.",
        "„Prosa, und mehr Prosa.",
        "« prose, prose.",
        "»Prosa, Prosa.",
        "said prose” and more prose",
        'a pipe of 5" and one of 6"',
        '"said prose, a pipe of 5" and one of 6"',
        "the man of 5'10\" and the woman of 6'",
        "“a « b” c",
        "‘Ali said that the fuqaha’ were ready.",
        "'Ali's men, 'Umar and the wuzara' met",
        "‘Atiya told the fuqaha’ of the town.",
        "the ‘ulama and the shuhada’",
        '"a "b" c',
        "他说”我们准备好了“,随后批评了”某些国家“。",
        "他说”我们准备好了“，随后批评了”某些国家“。",
        "他说“我们“，随后批评了”某些国家”的立场。",
        "他说：’走‘他又说’我们准备好了‘。",
        "首相は”準備は万全だ“と述べ、”はい。“と答えた。",
        "首相は»準備は万全だ«と述べ、»はい。«と答えた。",
        "Il dit » oui « et » non «, puis partit.",
        "‘Some idea' of it and of the boys’.",
        '„Prosa, ein Rohr von 5" und eines von 6" Länge',
        '„Prosa, "Prosa',
        '„Prosa und"Prosa" mehr',
        "דובר צה״ל ונשיא ארה״ב",
        "״אנחנו מוכנים״והוא הלך לביתו ״",
        "a pipe of 5＂ and one of 6＂",
        "prose ״ prose ＂ prose",
    ],
)
def test_ambiguous_marks_quote_nothing(line: str) -> None:
    assert quoted(line) == [[]]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("“very good he wrote, adding: “Many things.”", ["Many things."]),
        ("„sehr gut schrieb er, und „viel“.", ["viel"]),
        ("« très bien écrit-il, « beaucoup ».", [" beaucoup "]),
        ('"very good he wrote, "many" things "and" more', ["and"]),
    ],
)
def test_mark_opened_again_quotes_from_there(line: str, expected: list[str]) -> None:
    assert quoted(line) == [expected]


@pytest.mark.parametrize(
    ("first", "last"), [*map(tuple, ["“”", "„“", "«»", "»«", "””", '""', "「」", '„"', "״״", "＂＂"])]
)
def test_quotation_goes_on_in_the_next_paragraphs(first: str, last: str) -> None:
    lines = [f"{first}One, two.", f" {first}Three.", f"{first}Four{last}, he said."]
    assert quoted(*lines) == [["One, two."], ["Three."], ["Four"]]
    assert quoted(f"He said: {lines[0]}", lines[2]) == [["One, two."], ["Four"]]
    assert unclosed_paragraphs(["Prose.", *lines, lines[2]]) == [2, 3]


@pytest.mark.parametrize(
    "lines",
    [
        ["“One he said.", "Prose."],
        ["“One he said.", "“Two he said."],
        ["He called it “one.", "“Two he said."],
        ["“One ”he said.", "“Two he said."],
        ["‘Ali went.", "‘Umar stayed"],
    ],
)
def test_unclosed_mark_quotes_nothing(lines: list[str]) -> None:
    assert quoted(*lines) == [[], []]
    assert unclosed_paragraphs(lines) == []


def test_closing_mark_of_another_language_lets_no_prose_through() -> None:
    """U+201C opens in English and closes in German."""
    assert quoted("“foo“ prose “bar“ more") == [["foo", "bar"]]


def test_continued_quotation_contradicts_nothing() -> None:
    assert quoted("Il dit « oui », puis : « non.", "« Jamais. »") == [[" oui ", " non."], [" Jamais. "]]
    assert quoted("他说“走”，又说：“我们。", "“好”，他说。") == [["走"], ["好"]]


def test_quotations_are_cut_out_of_the_prose() -> None:
    assert list(without_quotations(["He said “yes” and „no“."])) == ["He said “ | ” and „ | “."]


@pytest.mark.parametrize(
    "text", ["‘said ", "“a", "„a ", "'a ", '"a ', "“a ‘b ", "x’ ", "“a” ", "‘a‘", "'tis", '„a" ', "״א״א"]
)
@pytest.mark.parametrize("separator", ["", "\n"])
def test_time_is_linear(text: str, separator: str) -> None:
    began = time.process_time()
    quoted(*((text + separator) * 2_000).splitlines())
    assert time.process_time() - began < 1


class Style(NamedTuple):
    """Marks around a quotation, and those around one inside it."""

    outer: tuple[str, str]
    inner: tuple[str, str]


STYLES = [
    Style(("“", "”"), ("‘", "’")),
    Style(("‘", "’"), ("“", "”")),
    Style(('"', '"'), ("'", "'")),
    Style(("'", "'"), ('"', '"')),
    Style(("„", "“"), ("‚", "‘")),
    Style(("„", "”"), ("«", "»")),
    Style(("„", '"'), ("‚", "‘")),
    Style(("„", '"'), ("'", "'")),
    Style(("„", "“"), ('"', '"')),
    Style(("״", "״"), ("'", "'")),
    Style(("＂", "＂"), ("'", "'")),
    Style(("»", "«"), ("›", "‹")),
    Style(("«", "»"), ("‹", "›")),
    Style(("«\u00a0", "\u00a0»"), ("“", "”")),
    Style(("«\u202f", "\u202f»"), ("‹\u202f", "\u202f›")),
    Style(("« ", " »"), ("“", "”")),
    Style(("”", "”"), ("’", "’")),
    Style(("「", "」"), ("『", "』")),
]
# Prose is written in capitals, and quotations in small letters, so that a span shows what it contains.
PROSE_WORDS = st.sampled_from(
    ["THE", "O’BRIEN", "O'NEIL", "SAID", "’90S", "'90S", "‘90S", "'TIS", "’ROUND", "5'10\"", '6"', "BOYS’", "LEADERS'"]
)
PLAIN_WORDS = st.sampled_from(["THE", "O’BRIEN", "O'NEIL", "SAID", "IT", "’90S", "'90s", "'TIS"])
QUOTED_WORDS = st.sampled_from(["we", "don’t", "can't", "go", "to", "the", "o’clock"])
SEPARATORS = st.sampled_from([" ", " ", " ", ", ", ". ", " – ", ": "])


@st.composite
def phrases(draw: st.DrawFn, words: st.SearchStrategy[str]) -> str:
    """Return some words, without punctuation at either end."""
    text = draw(words)
    for _ in range(draw(st.integers(0, 3))):
        text += draw(SEPARATORS) + draw(words)
    return text


@st.composite
def quotes(draw: st.DrawFn, style: Style) -> str:
    """Return what is between the marks, sometimes with another quotation inside."""
    text = draw(phrases(QUOTED_WORDS))
    if draw(st.booleans()):
        text += " " + draw(phrases(QUOTED_WORDS)).join(style.inner) + draw(st.sampled_from(["", " we"]))
    return text + draw(st.sampled_from(["", ".", ",", "!"]))


@st.composite
def articles(draw: st.DrawFn, words: st.SearchStrategy[str], *, may_lack_marks: bool) -> tuple[list[str], list[str]]:
    """Return paragraphs in one style or more, and what is quoted in them. At most one mark of each is missing."""
    lines, inside = [], []
    for _ in range(draw(st.integers(1, 3))):
        style = draw(st.sampled_from(STYLES))
        line = draw(phrases(words)) + draw(st.sampled_from([" ", ": ", ", "])) if draw(st.booleans()) else ""
        missing = draw(st.integers(0, 3)) if may_lack_marks else 3
        for number in range(draw(st.integers(0, 3))):
            text = draw(quotes(style))
            opening, closing = style.outer
            inside.append(text)
            if number == missing:
                opening, closing = draw(st.sampled_from([("", closing), (opening, "")]))
            line += opening + text + closing
            line += (
                draw(st.sampled_from([" ", ", ", ". ", " – "])) + ("" if closing else "SAID ") + draw(phrases(words))
            )
            line += draw(st.sampled_from([" ", ": ", ", "]))
        lines.append(line.rstrip() + ".")
    return lines, inside


@given(articles(PROSE_WORDS, may_lack_marks=True))
def test_prose_is_never_quoted(article: tuple[list[str], list[str]]) -> None:
    for texts in quoted(*article[0]):
        assert all(text == text.lower() for text in texts)


@given(articles(PLAIN_WORDS, may_lack_marks=False))
def test_every_quotation_of_an_unambiguous_text_is_found(article: tuple[list[str], list[str]]) -> None:
    lines, inside = article
    assert [text.strip() for texts in quoted(*lines) for text in texts] == inside


class Script(NamedTuple):
    """Words of prose, other words that are quoted, what is between words, and what may follow a closing mark."""

    prose: str
    quoted: str
    separators: tuple[str, ...]
    after: tuple[str, ...]


WESTERN = (" ", ", ", ". ", " – ", ": "), (" ", ", ", ". ", "! ")
SCRIPTS = [
    Script("The O’Brien said Minister's", "we don’t go ready", *WESTERN),
    Script("Der Minister sagte Peters", "wir sind bereit geht’s", *WESTERN),
    Script("Le ministre l’a dit", "nous sommes d’accord", *WESTERN),
    Script("Minister powiedział Ministern sade", "jesteśmy gotowi vi redo", *WESTERN),
    Script("وزير قال ثم انتقد", "نحن مستعدون جدا", (" ", "، ", "؛ "), (" ", "، ", "؟ ")),
    Script("השר אמר ואז", "אנחנו מוכנים", (" ", ", "), (" ", ", ")),
    Script("मंत्री ने कहा फिर", "हम तैयार हैं", (" ", ", ", "। "), (" ", ", ", "। ")),
    Script("그는 말했다 장관은", "준비됐다 가자 우리", (" ", ", ", ". "), (" ", "고 ", "라며 ", ", ")),
]
UNSPACED = [
    Script("他说 批评了 某些国家", "我们 准备好了 走", ("", "，", ",", "。", "："), ("", "，", ",", "。")),
    Script("首相は 述べ 答えた", "準備 万全だ はい", ("", "、", "。"), ("", "と", "、", "。")),
]
ALIKE = ["“”", "«»", "‹›", "‘’"]
"""Marks that are mistaken for each other."""


@st.composite
def mistyped(draw: st.DrawFn, count: int) -> list[tuple[str, str]]:
    """Return marks of one style for some quotations: several the wrong way round, or one mark wrong or missing."""
    pairs = [draw(st.sampled_from([style.outer for style in STYLES if len(style.outer[0]) == 1]))] * count
    other = {mark: both.replace(mark, "") for both in ALIKE for mark in both}
    fault, place = draw(st.sampled_from(["turned", "opening", "closing", "missing"])), draw(st.integers(0, count - 1))
    opening, closing = pairs[place]
    if fault == "turned" and opening in other:
        pairs = [(last, first) if draw(st.booleans()) else (first, last) for first, last in pairs]
    elif fault == "opening":
        pairs[place] = other.get(opening, opening), closing
    elif fault == "closing":
        pairs[place] = opening, other.get(closing, closing)
    elif fault == "missing":
        pairs[place] = draw(st.sampled_from([("", closing), (opening, "")]))
    return pairs


@st.composite
def paragraphs(draw: st.DrawFn) -> tuple[str, list[str]]:
    """Return a paragraph in any script, with words of prose between its quotations, and the words of its prose."""
    script = draw(st.sampled_from(SCRIPTS) | st.sampled_from(UNSPACED))
    separators, after = st.sampled_from(script.separators), st.sampled_from(script.after)
    prose, inside = (st.lists(st.sampled_from(words.split()), min_size=1, max_size=3) for words in script[:2])
    line = ""
    for opening, closing in draw(mistyped(draw(st.integers(1, 4)))):
        line += draw(separators).join(draw(prose)) + draw(separators)
        line += opening + draw(separators).join(draw(inside)) + draw(after).strip() + closing + draw(after)
    return line + draw(separators).join(draw(prose)) + ".", script.prose.split()


@settings(derandomize=True, max_examples=300)
@given(paragraphs())
def test_mistyped_marks_quote_no_prose_in_any_script(paragraph: tuple[str, list[str]]) -> None:
    line, prose = paragraph
    for text in quoted(line)[0]:
        assert not any(word in text for word in prose)


@given(st.lists(st.text(st.sampled_from("“”„«»‹›‘’‚「」『』＂״\"' .,:aS5字—("), max_size=30), max_size=4))
def test_spans_are_in_order_and_do_not_overlap(lines: list[str]) -> None:
    for line, spans in zip(lines, quoted_spans(lines), strict=True):
        places = [place for span in spans for place in span]
        assert places == sorted(places)
        assert all(0 < start < end <= len(line) for start, end in spans)
