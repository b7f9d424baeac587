"""What the accounts and the standing of a record have in common as text, and when there is no such record."""

import pytest
from flask.testing import FlaskClient

from api.lists.text_table import display_width

PATHS = (
    "/events/trump-putin-call/accounts",
    "/issues/energy-strikes/accounts",
    "/issues/general-ceasefire/accounts",
    "/events/putin-energy-order/accounts",
    "/issues/general-ceasefire/standing",
    "/proposals/peace-settlement/standing",
    "/issues/energy-strikes/standing",
    "/proposals/energy-strikes-halt-30-days/standing",
)


@pytest.mark.parametrize("width", [60, 80, 100])
@pytest.mark.parametrize("path", PATHS)
def test_text_fits_the_width(client: FlaskClient, path: str, width: int) -> None:
    lines = client.get(f"{path}.txt?width={width}").text.splitlines()
    assert max(map(display_width, lines)) <= width


@pytest.mark.parametrize(
    "path",
    [
        "/issues/energy-strike/accounts",
        "/events/trump-putin-cal/accounts",
        "/proposals/full-truse/standing",
        "/issues/energy-strike/standing",
    ],
)
def test_unknown_record_suggests_the_nearest(client: FlaskClient, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 404
    assert "Did you mean" in response.get_json(force=True)["detail"]
