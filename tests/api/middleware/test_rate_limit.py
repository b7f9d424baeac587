"""Rate limit per client."""

import asyncio
import json
import re
import time
from http import HTTPStatus

import pytest
import throttled.utils

from api.asgi import Application
from api.middleware.liveness import OPERATOR_PATHS
from tests.support.asgi import AppFactory, HttpResponse, make_scope, request, request_async

CLIENT = "192.0.2.1"


def repeat(app: Application, path: str, times: int, client: str = CLIENT) -> list[HttpResponse]:
    """Send the same request several times."""
    return [request(app, path, client=client) for _ in range(times)]


def statuses(app: Application, path: str, times: int, client: str = CLIENT) -> list[int]:
    return [response.status for response in repeat(app, path, times, client)]


def test_requests_above_the_rate_get_429(create: AppFactory) -> None:
    responses = repeat(create(rate_limit="5/minute"), "/parties/putin", 7)
    assert [response.status for response in responses] == [200] * 5 + [429] * 2
    assert [response.header("ratelimit-policy") for response in responses] == ['"default";q=5;w=60'] * 7
    quotas = [re.fullmatch(r'"default";r=(\d);t=(\d+)', response.header("ratelimit") or "") for response in responses]
    assert [match and match[1] for match in quotas] == ["4", "3", "2", "1", "0", "0", "0"]
    problem = json.loads(responses[-1].body)
    assert problem["type"] == "https://iana.org/assignments/http-problem-types#quota-exceeded"
    assert (problem["status"], problem["title"]) == (429, "Too Many Requests")
    assert 0 < int(responses[-1].header("retry-after") or 0) <= 12
    assert responses[-1].header("content-type") == "application/problem+json"
    assert responses[-1].header("cache-control") == "no-store"
    assert responses[-1].header("access-control-allow-origin") == "*"


def test_429_has_the_path_prefix(create: AppFactory) -> None:
    _, refused = repeat(create(rate_limit="1/minute", base_url="https://x.example/readout"), "/parties/putin", 2)
    problem = json.loads(refused.body)
    assert (problem["instance"], problem["docs"]) == ("/readout/", "/readout/docs")


def test_clients_have_separate_quotas(create: AppFactory) -> None:
    app = create(rate_limit="2/minute")
    assert statuses(app, "/", 3) == [200, 200, 429]
    assert statuses(app, "/", 2, client="192.0.2.2") == [200, 200]


def test_quota_refills_continuously(create: AppFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.monotonic()
    monkeypatch.setattr(throttled.utils, "now_mono_f", lambda: now)
    app = create(rate_limit="2/second")
    assert statuses(app, "/", 3) == [200, 200, 429]
    now += 0.6
    assert statuses(app, "/", 2) == [200, 429]


def test_no_headers_without_a_rate_limit(create: AppFactory) -> None:
    response = request(create(), "/")
    assert not [name for name, _ in response.headers if name.startswith("ratelimit")]


@pytest.mark.parametrize("path", sorted(OPERATOR_PATHS))
def test_operators_are_not_limited(create: AppFactory, path: str) -> None:
    assert statuses(create(rate_limit="1/day"), path, 3) == [200] * 3


def test_cached_responses_have_current_headers(create: AppFactory) -> None:
    app = create(rate_limit="9/minute")
    first, second = repeat(app, "/parties", 2)
    assert first.body == second.body
    assert (first.header("ratelimit"), second.header("ratelimit")) != (None, None)
    assert first.header("ratelimit") != second.header("ratelimit")
    other = request(app, "/parties", client="192.0.2.9")
    assert '"default";r=8' in (other.header("ratelimit") or "")


def test_unreachable_redis_rejects_nobody(create: AppFactory) -> None:
    app = create(rate_limit="2/minute", redis_url="redis://127.0.0.1:1/0")
    start = time.monotonic()
    assert statuses(app, "/", 3) == [200, 200, 429]
    assert time.monotonic() - start < 5


@pytest.mark.parametrize("forwarded", ["unknown", "_hidden", "", "203.0.113", "\u00ff"])
def test_unreadable_addresses_share_one_quota(create: AppFactory, forwarded: str) -> None:
    app = create(rate_limit="2/minute", trusted_proxies=1)
    expected = [HTTPStatus.OK, HTTPStatus.OK, HTTPStatus.TOO_MANY_REQUESTS]
    assert [request(app, "/", x_forwarded_for=forwarded).status for _ in range(2)] == expected[:2]
    assert request(app, "/", x_forwarded_for="garbage").status == expected[2]
    assert request(app, "/", x_forwarded_for="203.0.113.9:1").status == HTTPStatus.OK


@pytest.mark.parametrize("client", [None, ("", 0)])
def test_unix_socket_has_a_quota(create: AppFactory, client: object) -> None:
    app = create(rate_limit="1/minute")
    scopes = [{**make_scope("/"), "client": client} for _ in range(2)]
    assert [asyncio.run(request_async(app, scope)).status for scope in scopes] == [200, 429]
