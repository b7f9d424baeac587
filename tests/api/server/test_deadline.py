"""A timer that can be set again."""

import asyncio
from collections.abc import Callable

import pytest

from api.server.deadline import Deadline

STEP_SECONDS = 0.05
Use = Callable[[Deadline, Callable[[], None]], None]


def set_once(deadline: Deadline, action: Callable[[], None]) -> None:
    deadline.set(2 * STEP_SECONDS, action)


def set_earlier(deadline: Deadline, action: Callable[[], None]) -> None:
    deadline.set(100 * STEP_SECONDS, action)
    deadline.set(2 * STEP_SECONDS, action)


def set_later(deadline: Deadline, action: Callable[[], None]) -> None:
    deadline.set(STEP_SECONDS, action)
    deadline.set(2 * STEP_SECONDS, action)


def set_after_stop(deadline: Deadline, action: Callable[[], None]) -> None:
    deadline.set(STEP_SECONDS, action)
    deadline.stop()
    deadline.set(2 * STEP_SECONDS, action)


def stop(deadline: Deadline, action: Callable[[], None]) -> None:
    deadline.set(STEP_SECONDS, action)
    deadline.stop()


def close(deadline: Deadline, action: Callable[[], None]) -> None:
    deadline.set(STEP_SECONDS, action)
    deadline.close()


def set_in_action(deadline: Deadline, action: Callable[[], None]) -> None:
    deadline.set(STEP_SECONDS, lambda: deadline.set(STEP_SECONDS, action))


async def steps_until_calls(use: Use) -> list[int]:
    """Return in which of five steps the function was called, and check `is_set`."""
    loop = asyncio.get_running_loop()
    calls, start, deadline = list[float](), loop.time(), Deadline(loop)
    use(deadline, lambda: calls.append(loop.time()))
    assert deadline.is_set is (use not in (stop, close))
    await asyncio.sleep(5 * STEP_SECONDS)
    return [round((call - start) / STEP_SECONDS) for call in calls]


@pytest.mark.parametrize("use", [set_once, set_earlier, set_later, set_after_stop, set_in_action])
def test_function_is_called_once_at_the_last_time_set(use: Use) -> None:
    (step,) = asyncio.run(steps_until_calls(use))
    assert 2 <= step <= 4, "the timer may be late on a busy machine, but never early"


@pytest.mark.parametrize("use", [stop, close])
def test_function_is_not_called_after_a_stop(use: Use) -> None:
    assert asyncio.run(steps_until_calls(use)) == []
