"""Progress of a long command, for whoever shows it."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """Callbacks for the progress of a command: bytes or rows read, and the name of the current step."""

    read: Callable[[int], object]
    step: Callable[[str], object]


NO_PROGRESS = Progress(lambda _: None, lambda _: None)
