"""The nouns in views for proposals that may not have been proposed: a war aim, a demand, a condition or a sanction."""

import pytest
from flask.testing import FlaskClient

from tests.support.matrix import plain

AIM = "proposals/weakening-of-ukraine"
PLACES = [
    (f"/timeline.txt?id={AIM}", "war aim: A weaker Ukraine"),
    (f"/timeline.html?id={AIM}", "war aim Volodymyr"),
    (f"/timeline.svg?id={AIM}", "War aim · Volodymyr Zelenskyy"),
    (f"/timeline.atom?id={AIM}", " War aim "),
    (f"/timeline.ics?id={AIM}", "(war aim)"),
    ("/issues/putin-war-aims/accounts.txt", "war aim: A weaker Ukraine"),
    ("/issues/putin-war-aims/accounts.html", "war aim A weaker Ukraine"),
    ("/timeline.txt?id=events/trump-putin-call", "condition, proposed: "),
    ("/timeline.txt?id=events/zelenskyy-october-truce-idea", "proposal, floated: A truce"),
]


@pytest.mark.parametrize(("path", "words"), PLACES)
def test_kind_of_a_proposal_in_the_timeline(client: FlaskClient, path: str, words: str) -> None:
    text = client.get(path).text
    assert words in plain(text.replace("\r\n ", ""))
