"""The Prometheus endpoint: state of the database."""

from pathlib import Path

import pytest

from api import create_app
from tests.support.metrics import parse_metrics


def test_metrics_describe_the_database(own: Path) -> None:
    client = create_app(database=str(own)).test_client()
    metrics = parse_metrics(client.get("/metrics").text)
    assert metrics["readout_database_up"] == 1
    assert metrics["readout_revision"] == 1
    assert metrics['readout_records{type="sources"}'] >= 1
    assert metrics["readout_file_bytes"] == own.stat().st_size
    assert metrics["readout_file_modified_timestamp_seconds"] == pytest.approx(own.stat().st_mtime)


def test_metrics_without_a_database(own: Path) -> None:
    client = create_app(database=str(own)).test_client()
    for damage in (lambda: own.write_bytes(b"no database" * 1000), own.unlink):
        damage()
        response = client.get("/metrics")
        assert response.status_code == 200
        assert parse_metrics(response.text)["readout_database_up"] == 0
