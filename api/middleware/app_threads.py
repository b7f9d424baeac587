"""The threads that run Flask, with a limit on the CPU time of a call."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager
from types import CodeType
from typing import Generic, TypeVar

from flask import Flask
from flask.ctx import AppContext, RequestContext
from werkzeug.exceptions import ServiceUnavailable

from api.http.streaming import next_chunk, stream_response
from api.lists.xlsx import close_workbook
from api.middleware.client_connection import ClientConnection, ClientDisconnected
from api.middleware.client_slots import ClientSlots
from api.middleware.interruptible_call import CallInterrupted, InterruptibleCall
from api.middleware.stream_limit import StreamLimit
from api.past_files import PastFiles
from api.views.snapshots import SnapshotStore
from api.writes.transaction import apply_change
from seed.storage.connection_pool import ConnectionPool

T = TypeVar("T")

MAX_CPU_SECONDS = 1.5
"""Default limit of CPU time for one response, or for one chunk of a stream."""
BODY_BYTES_PER_SECOND = 1024 * 1024
"""Bytes of a request body that extend the limit by a second. Validating a bundle takes about 0.3 seconds per MiB."""
POLL_INTERVAL = 0.05
"""Seconds between two checks of a running call."""
CALLS_PER_THREAD = 2
"""Calls in a pool for each of its threads: the one that runs and the next. All others wait outside, since every call in
the pool is checked at each interval, and with hundreds of them the event loop would do nothing else.
"""
CLIENT_SHARE = 2
"""Divisor: one client may use half of the threads. They share a CPU, so other clients get at least as much of it."""
STREAM_CALLS_PER_CLIENT = 1
"""Chunks of a client's streams that are produced at once: clients get them by turns, however many streams each has."""
STREAM_SHARE = 2
"""Divisor: half of the threads may produce chunks of streams. The others serve responses, which are shorter."""
RETRY_AFTER_SECONDS = 60
SWITCH_INTERVAL_SECONDS = 0.0005
"""Time after which a computing thread lets another run. Python's default of 5 ms delays a request by that much at every
query, and the event loop too, for each thread that computes. With 0.1 ms, responses next to heavy ones take longer.
"""
INTERRUPTIBLE: frozenset[CodeType] = frozenset(function.__code__ for function in (Flask.dispatch_request, next_chunk))
"""Functions in which a call is interrupted: Flask cleans up after a view, and a stream is closed."""
PROTECTED: frozenset[CodeType] = frozenset(
    function.__code__
    for function in (
        ConnectionPool.acquire,
        ConnectionPool.release,
        PastFiles.pool,
        SnapshotStore.get,
        stream_response,
        apply_change,
        close_workbook,
        AppContext.pop,
        RequestContext.pop,
    )
)
"""Functions that are not interrupted: they would leak a connection, a context, an open archive or a place in a queue.
Writing has its own time limit.
"""


class NoThread(RuntimeError):
    """The system starts no thread, for example under a limit of processes."""


class ThreadPool(ThreadPoolExecutor):
    """A pool that makes do with the threads it has if the system starts no other."""

    def _adjust_thread_count(self) -> None:
        try:
            super()._adjust_thread_count()
        except RuntimeError as error:
            if not self._threads:
                raise NoThread(str(error)) from error


class CpuTimeExceeded(ServiceUnavailable):
    """A call was interrupted because it took too much CPU time."""

    description = "The request took too much computing time. Send or request less at once."


class AppThreads:
    """A thread pool for Flask. A call ends early if it takes too much CPU time or its client disconnects."""

    def __init__(self, size: int, max_cpu_seconds: float = MAX_CPU_SECONDS) -> None:
        sys.setswitchinterval(SWITCH_INTERVAL_SECONDS)
        self._pool = ThreadPool(size, "app")
        self.slots = ClientSlots(max(size // CLIENT_SHARE, 1))
        self.vacancies = asyncio.Semaphore(size * CALLS_PER_THREAD)
        self.streams = StreamLimit()
        self.stream_slots = ClientSlots(STREAM_CALLS_PER_CLIENT)
        self.stream_vacancies = asyncio.Semaphore(max(size // STREAM_SHARE, 1))
        self._max_cpu_seconds = max_cpu_seconds

    @asynccontextmanager
    async def place(self, address: str, *, chunk: bool = False) -> AsyncIterator[None]:
        """Wait for a place in the pool for a call of a client, for a chunk of a stream or for a response.

        The limits of a client come first, so that it never keeps a place from others while it waits for its own calls.
        """
        slot = self.slots.for_client(address)
        if chunk:
            async with self.stream_slots.for_client(address), slot, self.stream_vacancies, self.vacancies:
                yield
        else:
            async with slot, self.vacancies:
                yield

    def is_busy(self, address: str) -> bool:
        """Return whether a call of a client has to wait."""
        return self.slots.for_client(address).locked() or self.vacancies.locked()

    def submit(
        self, function: Callable[[], T], connection: ClientConnection, body_bytes: int = 0
    ) -> "MonitoredCall[T]":
        """Start a call of a function for a request with a body of this size. Raise NoThread."""
        call = InterruptibleCall(function, INTERRUPTIBLE, PROTECTED)
        max_cpu_seconds = self._max_cpu_seconds + body_bytes / BODY_BYTES_PER_SECOND
        try:
            future = self._pool.submit(call)
        except NoThread:
            call.interrupt()  # the pool keeps it for the next thread
            raise
        return MonitoredCall(call, future, connection, max_cpu_seconds)

    def close(self) -> None:
        """Wait until all calls have ended."""
        self._pool.shutdown()


class MonitoredCall(Generic[T]):
    """A call in a thread, which the event loop monitors and interrupts."""

    def __init__(
        self, call: InterruptibleCall[T], future: Future[T], connection: ClientConnection, max_cpu_seconds: float
    ) -> None:
        self.future = future
        self._call, self._connection, self._max_cpu_seconds = call, connection, max_cpu_seconds
        self._error: Exception = ClientDisconnected()
        self._schedule()

    async def result(self) -> T:
        """Wait for the result. Raise CpuTimeExceeded or ClientDisconnected if the call was interrupted."""
        try:
            result = await asyncio.wrap_future(self.future)
        except CallInterrupted:
            raise self._error from None
        except asyncio.CancelledError:
            self._connection.disconnected = True
            self._check()
            raise
        finally:
            if self.future.done():
                self._timer.cancel()
        return result

    def _schedule(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(POLL_INTERVAL, self._check)

    def _check(self) -> None:
        """Interrupt the call if it shall not continue; repeated until it has ended."""
        if self.future.done():
            return
        self._connection.detect_disconnection()
        if self._connection.disconnected:
            self._call.interrupt()
        elif self._call.cpu_seconds() > self._max_cpu_seconds:
            self._error = CpuTimeExceeded(retry_after=RETRY_AFTER_SECONDS)
            self._call.interrupt()
        self._schedule()
