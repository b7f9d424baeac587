"""Search covers all record types, finds other spellings, and says what to try if it finds nothing."""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from api.middleware.app_threads import MAX_CPU_SECONDS
from tests.support.cpu_time import limit_cpu_time
from tests.support.small_bundles import PARTIES, base, load_bundles

Fetch = Callable[..., Any]


def search(client: FlaskClient, text: str, filters: str = "") -> Any:
    response = client.get(f"/search?q={quote(text)}{filters}")
    assert response.status_code == 200, response.text
    return response.get_json()


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    """Return a client of texts with other forms, in words that the article does not have."""
    statements = [
        {"id": "hyphens", "summary": "An all-out stand-down of the U.S. garrison was refused."},
        {"id": "cyrillic", "summary": "Сирський said it in Ukrainian."},
        {"id": "opposites", "summary": "An unconditional increase is legal."},
        {"id": "stance", "summary": "They accepted the draft."},
        {"id": "long", "summary": f"{'Words and words before it, '.lower() * 5}then a garrison{' and more' * 20}."},
    ]
    parties = [
        {"id": "agency", "name": "Border Monitoring Agency", "aliases": ["BMA", "the agency"]},
        {"id": "bars", "name": "Bars", "aliases": ["Two |  | Bars", "The | Bar"]},
        *PARTIES,
    ]
    events = [{"id": "unconditional", "title": "Unconditional increase, legal"}]
    questions = [{"id": "open", "question": "What does the BMA monitor?"}]
    document = base(statements=statements, parties=parties, questions=questions, events=events)
    return load_bundles(tmp_path_factory.mktemp("small") / "readout.db", document)


def test_search_covers_every_type_and_marks_hits(fetch: Fetch) -> None:
    hits = fetch("/search?q=energy&limit=100")
    assert hits["page"]["total"] == sum(one["count"] for one in hits["facets"]["type"]) == len(hits["data"])
    assert {hit["type"] for hit in hits["data"]} >= {"events", "proposals", "positions", "statements"}
    assert all("**" in hit["snippet"] for hit in hits["data"])
    assert {hit["type"] for hit in fetch("/search?q=energy&type=events")["data"]} == {"events"}


def test_missing_words_are_named_with_an_example(client: FlaskClient) -> None:
    (error,) = client.get("/search").get_json(force=True)["errors"]
    assert (error["parameter"], error["detail"]) == ("q", "Missing. Write a value, as in q=ceasefire.")


def test_best_match_is_first(fetch: Fetch) -> None:
    assert fetch("/search?q=ice+hockey")["data"][0]["id"].find("hockey") >= 0


def test_hit_says_whose_word_it_is_when_and_where(fetch: Fetch) -> None:
    hits = fetch("/search?q=energy&limit=100")["data"]
    for hit in hits:
        record = fetch(f"/{hit['type']}/{hit['id']}")
        assert {name: record[name] for name in ("accounts", "attribution", "citations")}.items() <= hit.items()
        assert hit["date"] == record.get("date")
    (source,) = fetch("/search?q=article&type=sources")["data"]
    assert (source["accounts"], source["attribution"], source["citations"]) == ([source["id"]], "the article", [])


def test_csv_and_text_say_so_too(client: FlaskClient, fetch: Fetch) -> None:
    hits = fetch("/search?q=hockey")["data"]
    rows = list(csv.DictReader(client.get("/search.csv?q=hockey").text.splitlines()))
    text = client.get("/search.txt?q=hockey").text
    for hit, row in zip(hits, rows, strict=True):
        paragraphs = [str(citation["paragraph"]) for citation in hit["citations"]]
        assert (row["attribution"], row["date"]) == (hit["attribution"], hit["date"] or "")
        assert row["paragraph"].split(" | ") == paragraphs
        place = text.index(hit["url"])
        assert f"¶{', '.join(paragraphs)}" in text[:place].splitlines()[-2]
    assert "**hockey**" in text
    assert max(map(len, text.splitlines())) <= 100


def test_text_fits_the_width(client: FlaskClient) -> None:
    for path in ("/search.txt?q=energy&width=60", "/search.txt?q=Zelenskyy&width=60", "/search.txt?q=kremlin+sea+zzz"):
        lines = [line for line in client.get(path).text.splitlines() if "http" not in line]
        assert max(map(len, lines)) <= (60 if "width" in path else 100)


def test_search_without_words_is_rejected(client: FlaskClient) -> None:
    for query in ("", "?q=", "?q=!!"):
        assert client.get(f"/search{query}").status_code == 400


def test_syntax_of_other_engines_is_rejected_with_advice(client: FlaskClient) -> None:
    for text, advice in (("NEAR(a b)", "There is no operator NEAR"), ("party:putin", "as in party=putin")):
        for path in ("search", "events", "timeline", "matrix"):
            (error,) = client.get(f"/{path}?q={text}").get_json()["errors"]
            assert error["parameter"] == "q"
            assert advice in error["detail"]


@pytest.mark.parametrize(
    "alike",
    [
        ("Zelenskyy", "Zelensky", "Зеленський", "Zelens'kyi"),
        ("Kyiv", "Kiev", "Ukraine"),
        ("US", "U.S.", "Washington", "United States"),
        ("ceasefire", "cease-fire", "cease fire"),
    ],
)
def test_spellings_and_names_find_the_same(fetch: Fetch, alike: tuple[str, ...]) -> None:
    for path in ("/search?limit=100", "/statements?limit=500", "/timeline?limit=500"):
        found = [fetch(f"{path}&q={quote(one)}") for one in alike]
        assert found[0]["page"]["total"] > 0
        assert len({frozenset(record["id"] for record in one["data"]) for one in found}) == 1


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("what did Zelensky say", "Zelensky"),
        ("Who said devil?", "devil"),
        ("how does the Kremlin tell of energy", "Kremlin energy"),
        ("what will happen on Sunday", "Sunday"),
        ("what did", "what did"),
    ],
)
def test_words_that_make_a_question_are_left_out(fetch: Fetch, question: str, words: str) -> None:
    found, expected = (fetch(f"/search?q={text}&limit=100")["data"] for text in (question, words))
    assert [hit["id"] for hit in found] == [hit["id"] for hit in expected]


def test_question_word_in_a_phrase_is_searched(fetch: Fetch) -> None:
    assert fetch('/search?q="the devil is in"')["page"]["total"] == 1
    assert fetch('/search?q="did the devil"')["page"]["total"] == 0


def test_search_says_what_else_it_searched(client: FlaskClient) -> None:
    (kiev,) = search(client, "Kiev truce")["also_searched"]
    assert kiev == {"typed": "Kiev", "others": ["Kyiv", "Ukraine"]}
    assert search(client, "hockey")["also_searched"] == []
    assert "Also searched for Kiev: Kyiv, Ukraine" in client.get("/search.txt?q=Kiev").text


def test_names_of_a_party_are_searched_but_not_its_descriptions(small: FlaskClient) -> None:
    assert {hit["id"] for hit in search(small, "Border Monitoring Agency")["data"]} == {"agency", "open"}
    assert {hit["id"] for hit in search(small, "BMA")["data"]} == {"agency", "open"}
    assert {hit["id"] for hit in search(small, '"Border Monitoring Agency"')["data"]} == {"agency"}
    assert {hit["id"] for hit in search(small, "monitor* -BMA")["data"]} == set()
    assert search(small, "the agency")["also_searched"] == []


@pytest.mark.parametrize(
    ("text", "snippet"),
    [
        ("standdown", "An all-out **stand-down** of the U.S. garrison was refused."),
        ('"US garrison"', "An all-out stand-down of the **U.S. garrison** was refused."),
        ("Sirskiy", "**Сирський** said it in Ukrainian."),
        ("Syrskyi", None),
        ('"then a garrison"', "…and words before it, **then a garrison** and more and more and more and more and…"),
    ],
)
def test_snippet_is_the_text_of_the_record(small: FlaskClient, text: str, snippet: str | None) -> None:
    assert [hit["snippet"] for hit in search(small, text)["data"]] == ([snippet] if snippet else [])


@pytest.mark.parametrize(
    ("text", "suggestion"),
    [
        ("Zelesnky", "Zelenskyy"),
        ("Whitkoff", "Witkoff"),
        ("kremlin Whitkoff -energy", "kremlin Witkoff -energy"),
        ('"Whitkoff said"', '"Witkoff said"'),
        ("hockey volleyball", None),
        ("energy", None),
        ("xyzzyx", None),
    ],
)
def test_misspelled_word_is_corrected(client: FlaskClient, text: str, suggestion: str | None) -> None:
    result = search(client, text)
    assert result["did_you_mean"] == suggestion
    if suggestion:
        assert result["page"]["total"] == 0
        assert search(client, suggestion)["page"]["total"] > 0


@pytest.mark.parametrize(
    ("text", "suggestion"),
    [
        ("consents", "accepts"),
        ("uncondtional", "unconditional"),
        ("conditional", None),
        ("decrease", None),
        ("illegal", None),
        ("declines", "refuses"),
        ("undecided", None),
    ],
)
def test_suggestion_means_the_same(small: FlaskClient, text: str, suggestion: str | None) -> None:
    assert search(small, text)["did_you_mean"] == suggestion


def test_every_suggestion_finds_what_it_says(client: FlaskClient) -> None:
    for text, filters in (
        ("kremlin hockey Whitkoff", ""),
        ("hockey -hockey", ""),
        ("hockey", "&account=white-house&issue=energy-strikes"),
        ("hockey", "&type=sources"),
        ("kremlin", "&party=witkoff&source=trump-putin-call-article&paragraph=99"),
        ("hockey Whitkoff", "&type=statements&type=positions"),
        ("zzz", ""),
    ):
        result = search(client, text, filters)
        assert result["page"]["total"] == 0
        assert result["suggestions"]
        for one in result["suggestions"]:
            found = client.get(one["url"].removeprefix("http://localhost")).get_json()
            assert (found["page"]["total"] if "page" in found else None) == one["total"], one
    assert search(client, "hockey")["suggestions"] == []


def test_suggestions_name_words_filters_and_records(client: FlaskClient) -> None:
    advice = [one["text"] for one in search(client, "kremlin hockey zzz", "&type=statements")["suggestions"]]
    alone = ["Search only for: kremlin", "Search only for: hockey"]
    assert advice == ["Search without: zzz", *alone, "Read about the party: Kremlin"]
    advice = [one["text"] for one in search(client, "hockey Whitkoff -zzz")["suggestions"]]
    assert advice == ["Search only for: hockey", "Search only for: Witkoff", "Read about the party: Steve Witkoff"]
    text = client.get("/search.txt?q=hockey&type=sources&account=trump").text
    assert "Nothing was found." in text
    assert "  Leave out all filters (5 records)\n    http://localhost/search.txt?q=hockey\n" in text


@pytest.mark.parametrize("filter", ["party=hannity", "paragraph=99", "party=hannity&party=waltz"])
def test_every_filter_may_be_left_out(client: FlaskClient, filter: str) -> None:
    advice = [one["text"] for one in search(client, "energy", f"&type=proposals&{filter}")["suggestions"]]
    assert f"Leave out the filter {filter.replace('&party=', ',')}" in advice


def test_whole_question_leads_on_without_a_word(client: FlaskClient) -> None:
    first = search(client, "did Putin accept the 30-day ceasefire")["suggestions"][0]
    assert first["text"] == "Search without: accept"
    found = client.get(first["url"].removeprefix("http://localhost")).get_json()["data"]
    assert "putin-noncommittal-unconditional-ceasefire" in [hit["id"] for hit in found]


def test_search_takes_account_and_issue(fetch: Fetch) -> None:
    on_account = fetch("/search?q=energy+OR+article&account=kremlin&limit=100")["data"]
    assert on_account
    assert all("kremlin" in hit["accounts"] for hit in on_account)
    on_issue = {(hit["type"], hit["id"]) for hit in fetch("/search?q=hockey&issue=sport&limit=100")["data"]}
    assert {type for type, _ in on_issue} == {"issues", "proposals", "positions", "statements"}
    assert {id for type, id in on_issue if type == "positions"} <= {
        record["id"] for record in fetch("/positions?issue=sport")["data"]
    }
    assert fetch("/search?q=sport&issue=sport&type=issues")["page"]["total"] == 1
    assert fetch("/search?q=hockey&issue=energy-strikes")["page"]["total"] == 0


@pytest.mark.parametrize(
    ("name", "value", "plural"), [("party", "putin", "parties"), ("source", "trump-putin-call-article", "sources")]
)
def test_search_takes_party_and_source(fetch: Fetch, name: str, value: str, plural: str) -> None:
    """The record that a filter names is found by its id, the others by their own filter of that name."""
    found = fetch(f"/search?q=Putin&{name}={value}&limit=100")["data"]
    assert {hit["id"] for hit in found if hit["type"] == plural} == {value}
    for other in {hit["type"] for hit in found} - {plural}:
        listed = {record["id"] for record in fetch(f"/{other}?{name}={value}&limit=500")["data"]}
        assert {hit["id"] for hit in found if hit["type"] == other} <= listed


def test_search_takes_paragraphs(fetch: Fetch) -> None:
    found = fetch("/search?q=hockey&paragraph=24&limit=100")["data"]
    assert found
    assert all(24 in [citation["paragraph"] for citation in hit["citations"]] for hit in found)
    assert fetch("/search?q=hockey&paragraph=2")["page"]["total"] == 0


def test_list_without_matches_suggests_a_word_it_has(client: FlaskClient, fetch: Fetch) -> None:
    for plural in ("statements", "positions", "timeline"):
        assert fetch(f"/{plural}?q=Whitkoff")["meta"]["did_you_mean"] == "Witkoff"
        assert client.get(f"/{plural}.txt?q=Whitkoff").text.endswith("did you mean: Witkoff\n")
    assert fetch("/sources?q=Whitkoff")["meta"]["did_you_mean"] is None
    assert fetch("/statements?q=Witkoff")["meta"]["did_you_mean"] is None


@pytest.mark.parametrize(
    "text",
    ["zzz) qqq", "wlq (xkcd) vvv", "(zelenskij+parlament) xx", "x1 --y1", "x1 (OR) y1", "x1 (NEAR y1", "x1 #party:y1",
     "x1 y1: z1", '"x1" [OR] -z1 y1', "x1 |y1| z1", "xk energyOR:ß", "x1 (OR y1"],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/search.json", "/search.html", "/events.json"])
def test_punctuation_in_a_search_without_hits_is_no_error(client: FlaskClient, path: str, text: str) -> None:
    """What is suggested then is made of the words that were typed, which are searched again."""
    assert client.get(path, query_string={"q": text}).status_code == 200


def test_types_without_a_filter_are_left_out(client: FlaskClient) -> None:
    for given in ("issue=sport", "account=kremlin"):
        assert search(client, "article", f"&type=sources&{given}")["page"]["total"] == 0
    assert search(client, "Putin", "&type=parties&issue=sport")["page"]["total"] == 0


def test_term_of_a_vocabulary_is_replaced_by_words_that_occur(small: FlaskClient) -> None:
    assert search(small, "signs up to")["did_you_mean"] == "accepts"
    assert search(small, "garrison approves")["did_you_mean"] == "garrison accepts"


@pytest.mark.slow
def test_long_names_of_many_parties_do_not_stop_searches(tmp_path: Path) -> None:
    """Their other spellings are found within the computing time of the first search after a load."""
    letters = [chr(0x410 + place) for place in range(32)]
    parties = [
        {
            "id": f"party-{number}",
            "name": f"{number} {''.join(letters)}",
            "aliases": [
                " ".join("".join(letters[place:]) + str(number * place) for _ in range(5)) for place in range(1, 10)
            ],
        }
        for number in range(5000)
    ]
    client = load_bundles(tmp_path / "readout.db", base(parties=[*PARTIES, *parties]))
    for path in ("/search?q=abc1", "/parties?q=abc1", "/search?q=putin"):
        with limit_cpu_time(MAX_CPU_SECONDS / 2):
            assert client.get(path).status_code == 200
