"""Sort keys."""

import re
import unicodedata
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from api.database import select
from api.views.discussed import select_speakers
from api.views.stance_queries import select_party_names
from seed.bundles import SEED, load
from seed.storage.collation import MAX_SORT_KEY_LENGTH, sort_key
from tests.support.clients import client_of
from tests.support.lists import ids_by_page


@pytest.mark.parametrize(
    "names",
    [
        ["Eastern group", "École", "Edmonton", "élite", "Estonia"],
        ["Latvia", "Łódź", "Luxembourg"],
        ["Øresund", "Oslo", "Özil", "Palau"],
        ["Weiss", "Weiß", "Weissman"],
        ["“Alpha”", "beta", "(Gamma)"],
        ["Ивченко", "Йорданов", "Калинин"],
        ["Ёжиков", "Ежов", "Зорин"],
        ["Борис", "Галина", "Ґалаґан", "Дмитро", "Ева", "Єва", "Жанна", "Инна", "Ірина", "Їжак", "Йосип", "Яна"],
        ["Зянон", "Іван", "Кастусь", "Уладзімір", "Ўладзік", "Францішак"],
        ["Дуња", "Ђорђе", "Елена", "Иван", "Јован", "Лука", "Љубица", "Нада", "Његош", "Оља", "Тома", "Ћира", "Чеда"],
        ["Далибор", "Ѓорѓи", "Елена", "Зоран", "Ѕвезда", "Илија", "Тања", "Ќамил", "Урош", "Чедо", "Џоко", "Шана"],
        ["Elçin", "Ezgi", "Əliyev", "Fərid", "Zaur"],
        ["Nuuk", "Ŋaa", "Oslo"],
        ["Αθήνα", "Ανδρέας", "Άρης", "Έλλη", "Ζωή", "Ήρα", "Ωρίων"],
        ["Ǿrsted", "Óscar", "Ost"],
    ],
)
def test_names_sort_as_readers_expect(names: list[str]) -> None:
    assert sorted(sorted(names), key=sort_key) == names


def test_composed_and_decomposed_names_sort_alike() -> None:
    for name in ("École", "Йорданов", "Łódź", "Їжак", "Ўладзік", "Ѓорѓи", "Ёжиков", "Άρης"):
        assert sort_key(name) == sort_key(unicodedata.normalize("NFD", name))


def test_sort_key_is_short_and_never_empty() -> None:
    assert len(sort_key("ﷺ" * 2000)) == MAX_SORT_KEY_LENGTH
    assert sort_key("…") == "…"


@pytest.fixture
def renamed(own: Path, tmp_path: Path) -> FlaskClient:
    """Return a client of a database in which Vladimir Putin is Łukasz, and Donald Trump Édouard."""
    bundle = tmp_path / "bundle.yaml"
    text = (SEED / "trump-putin-call.yaml").read_text()
    bundle.write_text(
        text.replace("name: Vladimir Putin", "name: Łukasz").replace("name: Donald Trump", "name: Édouard")
    )
    load([bundle], own)
    return client_of(own)


def test_list_is_sorted_and_paged_by_sort_key(renamed: FlaskClient) -> None:
    def fetch(path: str) -> dict[str, object]:
        return dict(renamed.get(path).get_json())

    every = [party["name"] for party in renamed.get("/parties?limit=500").get_json()["data"]]
    assert every == sorted(every, key=sort_key) != sorted(every)
    assert ids_by_page(fetch, "/parties?sort=-name&limit=3") == list(reversed(ids_by_page(fetch, "/parties?sort=name")))


def test_parties_of_a_view_are_sorted_by_sort_key(renamed: FlaskClient) -> None:
    with renamed.application.test_request_context("/"):
        names = list(select_party_names(["putin", "trump", "nato", "ukraine"]).values())
        speakers = [
            one["name"] for one in select_speakers([row["id"] for row in select("select id from statements")], [])
        ]
    assert names == ["Édouard", "Łukasz", "NATO", "Ukraine"]
    assert speakers == sorted(speakers, key=sort_key) != sorted(speakers)


def test_values_of_a_filter_are_sorted_by_sort_key(renamed: FlaskClient) -> None:
    page = renamed.get("/positions", headers={"Accept": "text/html"}).text
    names = re.findall(
        r'<option value="[a-z-]+"[^>]*>([^<]+)', page[page.index('name="party"') :].partition("</select>")[0]
    )
    assert {"Łukasz", "Édouard"} < {*names}
    assert names == sorted(names, key=sort_key) != sorted(names)
