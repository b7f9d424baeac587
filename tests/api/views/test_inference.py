"""What is inferred of a position, and from what: in every format and every view that shows the position."""

import html
import re

import pytest
from flask.testing import FlaskClient

POSITION = "/positions/russia-accepts-black-sea-moratorium"
ACCOUNT = "account=witkoff&party=russia"
FORMATS = ("json", "csv", "txt", "md", "html")
PATHS = [
    *(f"/positions.{suffix}?explicit=false&issue=black-sea" for suffix in (*FORMATS, "ndjson")),
    *(f"{POSITION}.{suffix}" for suffix in ("json", "txt", "md", "html")),
    *(f"/matrix.{suffix}?issue=black-sea&{ACCOUNT}" for suffix in ("json", "txt", "md", "html", "svg")),
    f"/matrix.csv?issue=black-sea&layout=long&{ACCOUNT}",
    *(f"/issues/black-sea/standing.{suffix}" for suffix in FORMATS),
    *(f"/issues/black-sea/accounts.{suffix}?{ACCOUNT}" for suffix in (*FORMATS, "svg")),
    *(f"/events/trump-putin-call/accounts.{suffix}?{ACCOUNT}" for suffix in FORMATS),
    *(f"/compare.{suffix}?accounts=kremlin,witkoff&issue=black-sea" for suffix in FORMATS),
    *(f"/timeline.{suffix}?issue=black-sea" for suffix in (*FORMATS, "ndjson", "atom")),
    *(f"/search.{suffix}?q=moratorium&type=positions" for suffix in FORMATS),
]


@pytest.mark.parametrize("path", PATHS)
def test_inference_stands_in_words(client: FlaskClient, path: str) -> None:
    inference = client.get(POSITION).get_json()["inference"]
    text = html.unescape(re.sub("<[^>]*>", " ", client.get(path).text))
    assert inference in " ".join(text.split())
