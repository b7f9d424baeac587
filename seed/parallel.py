"""Work spread over processes: chunks in, results out in order, and no worker ever more than one chunk ahead.

The pools of the standard library take in everything at once, and leave their processes behind when the one that
started them is killed. Here a worker ends with the pipe that leads to it.
"""

import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any, TypeVar

Chunk = TypeVar("Chunk")
Result = TypeVar("Result")


def process_map(work: Callable[[Chunk], Result], chunks: Iterable[Chunk]) -> Iterator[Result]:
    """What map(work, chunks) gives, made by a process a core; OSError where one of them is stopped."""
    with ExitStack() as stack:
        idle = [stack.enter_context(_worker(work)) for _ in range(os.cpu_count() or 1)]
        busy: deque[Connection[Any, Any]] = deque()
        for chunk in chunks:
            heard = []
            if not idle:
                idle.append(busy.popleft())
                heard.append(_result(idle[0]))
            # Whoever is given a chunk has been heard and waits for it: neither side can be stuck in a full pipe.
            busy.append(idle.pop())
            busy[-1].send(chunk)
            yield from heard
        while busy:
            yield _result(busy.popleft())


def _result(worker: "Connection[Any, Any]") -> Any:
    try:
        return worker.recv()
    except (EOFError, ConnectionError):
        raise OSError("A process that took part in the work was stopped.") from None


@contextmanager
def _worker(work: Callable[[Any], Any]) -> Iterator["Connection[Any, Any]"]:
    """The pipe to a new process, which has nothing of this one's open: no file, and no other pipe."""
    processes = get_context("spawn")
    here, there = processes.Pipe()
    process = processes.Process(target=_serve, args=(work, there), daemon=True)
    process.start()
    there.close()
    try:
        yield here
    finally:
        here.close()
        process.join()


def _serve(work: Callable[[Any], Any], pipe: "Connection[Any, Any]") -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupt reaches every process; the one that asks answers it
    with suppress(EOFError, BrokenPipeError, ConnectionResetError):
        while True:
            pipe.send(work(pipe.recv()))
