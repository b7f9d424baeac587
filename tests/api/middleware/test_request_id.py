"""X-Request-ID."""

import asyncio

import pytest

from tests.support.asgi import AppFactory, make_scope, request, request_async

IDS = ("a1b2-c3", "00000000-0000-4000-8000-000000000000")


@pytest.mark.parametrize("path", ["/parties", "/nowhere", "/events.ndjson", "/export/readout.zip", "/livez"])
def test_request_id_is_returned(create: AppFactory, path: str) -> None:
    app = create()
    for request_id in IDS:
        assert request(app, path, x_request_id=request_id).header("x-request-id") == request_id
    assert request(app, path).header("x-request-id") is None


@pytest.mark.parametrize("request_id", ["", "a b", "a" * 129, "é", "<script>", "a;b", "a,b", "a\n"])
def test_invalid_request_id_is_ignored(create: AppFactory, request_id: str) -> None:
    response = request(create(), "/parties", x_request_id=request_id)
    assert (response.status, response.header("x-request-id")) == (200, None)


def test_two_request_ids_are_ignored(create: AppFactory) -> None:
    scope = make_scope("/parties", x_request_id="one")
    scope["headers"].append((b"x-request-id", b"two"))
    assert asyncio.run(request_async(create(), scope)).header("x-request-id") is None


def test_request_id_is_not_cached(create: AppFactory) -> None:
    app = create()
    returned = [request(app, "/parties", x_request_id=request_id).header("x-request-id") for request_id in IDS]
    assert returned == list(IDS)
    assert request(app, "/parties").header("x-request-id") is None
