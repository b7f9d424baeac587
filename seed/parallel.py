"""Parallel map over processes: chunks in, results out in order, and at most one chunk ahead per worker.

Why not concurrent.futures: it reads all input at once, and its processes outlive a killed parent. Here a worker exits
when its pipe closes.
"""

import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any, TypeVar

from seed.cpu_count import available_cpus

CHUNK_SIZE = 200
"""Number of lines or records in a chunk."""
Chunk = TypeVar("Chunk")
Result = TypeVar("Result")


def process_map(work: Callable[[Chunk], Result], chunks: Iterable[Chunk]) -> Iterator[Result]:
    """Return `map(work, chunks)`, computed by one process per available CPU. Raises OSError if a worker was killed."""
    with ExitStack() as stack:
        idle = [stack.enter_context(_worker(work)) for _ in range(available_cpus())]
        busy: deque[Connection[Any, Any]] = deque()
        for chunk in chunks:
            results = []
            if not idle:
                idle.append(busy.popleft())
                results.append(_receive(idle[0]))
            # A worker gets a chunk only after its result was received, so neither side can block on a full pipe.
            busy.append(idle.pop())
            with _killed_worker_as_error():
                busy[-1].send(chunk)
            yield from results
        while busy:
            yield _receive(busy.popleft())


def _receive(worker: "Connection[Any, Any]") -> Any:
    """Return the result of a worker. Raises OSError if it was killed."""
    with _killed_worker_as_error():
        return worker.recv()


@contextmanager
def _killed_worker_as_error() -> Iterator[None]:
    """Raise OSError if the worker at the other end of a pipe was killed, rather than an error about a pipe."""
    try:
        yield
    except (EOFError, ConnectionError):
        raise OSError("A worker process was killed.") from None


@contextmanager
def _worker(work: Callable[[Any], Any]) -> Iterator["Connection[Any, Any]"]:
    """Yield the pipe to a new process, which inherits no open file and no other pipe."""
    processes = get_context("spawn")
    own_end, worker_end = processes.Pipe()
    process = processes.Process(target=_serve, args=(work, worker_end), daemon=True)
    process.start()
    worker_end.close()
    try:
        yield own_end
    finally:
        own_end.close()
        process.join()


def _serve(work: Callable[[Any], Any], pipe: "Connection[Any, Any]") -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches every process; the parent handles it
    with suppress(EOFError, BrokenPipeError, ConnectionResetError):
        while True:
            pipe.send(work(pipe.recv()))
