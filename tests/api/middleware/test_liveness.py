"""/livez, answered by the event loop."""

from itertools import product

import pytest
from flask import Flask

from tests.support.asgi import AppFactory, request, request_flask

ACCEPT = [None, "*/*", "text/csv", "application/json;q=0", "application/*;q=0.5", "x" * 9000]


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST"])
def test_livez_equals_the_response_of_flask(create: AppFactory, app: Flask, method: str) -> None:
    asgi_app = create()
    for path, accept in product(["/livez", "/livez?colour=red"], ACCEPT):
        headers = {} if accept is None else {"accept": accept}
        expected = request_flask(app, path, method, **headers)
        assert request(asgi_app, path, method, **headers) == expected, (path, accept)
