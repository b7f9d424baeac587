"""Routes: what Flask promises of them holds for ours."""

from typing import Any

from flask import Flask, url_for

from schemas import RECORDS


def test_flask_builds_the_url_of_each_route(app: Flask) -> None:
    with app.test_request_context():
        router = app.url_map.bind("")
        for rule in app.url_map.iter_rules():
            values: dict[str, Any] = {name: next(iter(RECORDS)) if name == "type" else "a-b" for name in rule.arguments}
            url = url_for(rule.endpoint, **values)
            method = "GET" if "GET" in (rule.methods or ()) else next(iter(rule.methods or ()))
            assert router.match(url, method) == (rule.endpoint, values)
