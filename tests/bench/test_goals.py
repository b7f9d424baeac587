"""Goals, their report, and the files that the benchmark reads. The measurements themselves are not tested."""

import re
from pathlib import Path

import pytest

from bench.changes import BUNDLE, NAME
from bench.goals import GOALS, GROUPS, Goal, Outcome, measure_goal
from bench.load import Load
from bench.nodes import nginx_configuration
from bench.progress import SECONDS
from bench.report import describe, goals_table
from bench.servers import MeasurementFailed, Server, readout
from bench.types import Bench, Measurement, measure_once


def failing_goal(bench: Bench) -> Measurement:
    raise MeasurementFailed("wrk is missing")


def test_every_group_has_a_duration() -> None:
    assert set(SECONDS) == set(GROUPS)


def test_goals_have_short_names() -> None:
    assert all(len(goal.what) < 80 for goal in GOALS)


def test_failed_measurement_is_reported(tmp_path: Path) -> None:
    goal = Goal("cached", "Rate", 5, None, "", failing_goal, "wrk", "nothing")
    outcome = measure_goal(goal, Bench(None, Load(1, 1), 0.0))  # type: ignore[arg-type]
    assert outcome.verdict() == "not measured"
    assert "wrk is missing" in describe(outcome)
    assert re.search(r"Rate *\| ≥ 5 *\| – *\| not measured", goals_table([outcome]))


@pytest.mark.parametrize(("least", "most", "verdict"), [(5, None, "not met"), (None, 5, "met"), (None, None, "–")])
def test_verdict_of_a_value(least: float | None, most: float | None, verdict: str) -> None:
    goal = Goal("cached", "Rate", least, most, "", failing_goal, "wrk", "the socket")
    outcome = Outcome(goal, Measurement(4.0, "4 requests"), "4 requests")
    assert outcome.verdict() == verdict
    assert ("Limited by the socket." in describe(outcome)) == (verdict == "not met")


def test_failure_is_shared_by_goals() -> None:
    attempts = []

    @measure_once
    def measure(bench: Bench) -> None:
        attempts.append(bench)
        raise MeasurementFailed("once")

    bench = Bench(None, Load(1, 1), 0.0)  # type: ignore[arg-type]
    for _ in range(2):
        with pytest.raises(MeasurementFailed, match="once"):
            measure(bench)
    assert attempts == [bench]


def test_bundle_has_the_name_that_changes() -> None:
    assert BUNDLE.read_text().count(NAME) == 1


def test_nginx_template_is_filled_in(tmp_path: Path) -> None:
    one, two = (Server(readout(tmp_path / "readout.db")) for _ in range(2))
    configuration = nginx_configuration(str(tmp_path), 8000, one, two)
    directives = [line for line in configuration.splitlines() if not line.lstrip().startswith("#")]
    assert not [line for line in directives if "${" in line or "ssl" in line]
    assert f"server 127.0.0.1:{one.port} max_fails" in configuration
    assert f"server 127.0.0.1:{two.port} max_fails" in configuration
    for server in (one, two):
        server.log.close()
