"""/livez, answered by the event loop."""

import pytest
from flask import Flask

from tests.api.middleware.conftest import AppFactory
from tests.support.asgi import request, request_flask


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST"])
@pytest.mark.parametrize("query", ["", "?colour=red"])
@pytest.mark.parametrize("accept", [None, "*/*", "text/csv", "application/json;q=0", "application/*;q=0.5", "x" * 9000])
def test_livez_equals_the_response_of_flask(
    create: AppFactory, app: Flask, method: str, query: str, accept: str | None
) -> None:
    headers = {} if accept is None else {"accept": accept}
    expected = request_flask(app, f"/livez{query}", method, **headers)
    assert request(create(), f"/livez{query}", method, **headers) == expected
