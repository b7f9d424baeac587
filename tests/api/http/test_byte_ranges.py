"""Byte ranges of lists: programs such as DuckDB and Polars ask for the length, and then read parts."""

import pytest
from flask.testing import FlaskClient

LISTS = ["/positions.csv", "/positions.csv?party=putin&sep=;", "/events.ndjson", "/export/readout.ndjson"]
RANGES = [
    ({"Range": "bytes=0-9"}, 206, 0, 10),
    ({"Range": "bytes=10-"}, 206, 10, None),
    ({"Range": "bytes=-10"}, 206, -10, None),
    ({"Range": "bytes=0-9", "Accept-Encoding": "gzip"}, 206, 0, 10),
    ({"Range": "bytes=0-1, 5-6"}, 200, 0, None),
    ({"Range": "lines=0-1"}, 200, 0, None),
    ({"Range": "bytes=0-9", "If-Range": '"another"'}, 200, 0, None),
]


@pytest.mark.parametrize("path", LISTS)
def test_lists_have_a_length(client: FlaskClient, path: str) -> None:
    whole, head = client.get(path), client.head(path)
    assert (head.headers["Accept-Ranges"], head.data) == ("bytes", b"")
    assert int(head.headers["Content-Length"]) == len(whole.data) == whole.content_length
    assert head.headers["ETag"] == whole.headers["ETag"]


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize(("headers", "status", "start", "stop"), RANGES)
def test_ranges_of_lists(
    client: FlaskClient, path: str, headers: dict[str, str], status: int, start: int, stop: int | None
) -> None:
    whole = client.get(path).data
    response = client.get(path, headers=headers)
    assert (response.status_code, response.data) == (status, whole[start:stop])
    assert response.content_length == len(response.data)
    assert "Content-Encoding" not in response.headers
    if status == 206:
        assert response.content_range.length == len(whole)


def test_range_after_the_end_is_a_problem(client: FlaskClient) -> None:
    size = client.head("/positions.csv").content_length
    response = client.get("/positions.csv", headers={"Range": f"bytes={size}-"})
    assert (response.status_code, response.headers["Content-Range"]) == (416, f"bytes */{size}")
    assert response.content_type == "application/problem+json"
    assert response.headers["Cache-Control"] == "no-store"


def test_compressed_lists_have_no_ranges(client: FlaskClient) -> None:
    response = client.get("/positions.csv", headers={"Accept-Encoding": "gzip"})
    assert response.headers["Content-Encoding"] == "gzip"
    assert "Accept-Ranges" not in response.headers


def test_preconditions_come_before_ranges(client: FlaskClient) -> None:
    etag = client.head("/positions.csv").headers["ETag"]
    part = {"Range": "bytes=0-9"}
    assert client.get("/positions.csv", headers={**part, "If-None-Match": etag}).status_code == 304
    assert client.get("/positions.csv", headers={**part, "If-Match": '"another"'}).status_code == 412
    assert client.get("/positions.csv", headers={**part, "If-Range": etag}).status_code == 206
