"""The soft limit of open files is raised as far as the system lets it."""

import resource

import pytest

from api.server.file_limit import raise_file_limit

UNLIMITED = resource.RLIM_INFINITY


@pytest.mark.parametrize(
    ("limits", "max_soft", "expected"),
    [
        pytest.param((256, UNLIMITED), 10_240, 10_240, id="macOS"),
        pytest.param((256, UNLIMITED), 245_760, 65_536, id="newer macOS"),
        pytest.param((256, UNLIMITED), 256, 256, id="refused"),
        pytest.param((1024, 1_048_576), 1_048_576, 65_536, id="Linux"),
        pytest.param((40, 100), 100, 100, id="low hard limit"),
        pytest.param((524_288, 524_288), 524_288, 524_288, id="high already"),
    ],
)
def test_soft_limit_is_raised(
    monkeypatch: pytest.MonkeyPatch, limits: tuple[int, int], max_soft: int, expected: int
) -> None:
    """Python raises ValueError if the system refuses a limit; macOS does so far below its hard limit."""
    hard = limits[1]

    def set_limits(_: int, new: tuple[int, int]) -> None:
        nonlocal limits
        if new[1] != hard or new[0] == UNLIMITED or new[0] > max_soft:
            raise ValueError("current limit exceeds maximum limit")
        limits = new

    monkeypatch.setattr(resource, "getrlimit", lambda _: limits)
    monkeypatch.setattr(resource, "setrlimit", set_limits)
    assert raise_file_limit() == expected
    assert limits == (expected, hard)


def test_unlimited_files_are_left_unlimited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (UNLIMITED, UNLIMITED))
    monkeypatch.setattr(resource, "setrlimit", None)
    assert raise_file_limit() > 65_536
