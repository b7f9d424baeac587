"""Function calls that another thread can interrupt.

Python raises an exception in another thread on request (PyThreadState_SetAsyncExc), at its next bytecode. C code is not
interrupted; SQLite runs Python code regularly, which ends the query.

Why not signals or processes: only the main thread receives signals, and a process for each request would cost more than
the request.
"""

import ctypes
import sys
import threading
import time
import weakref
from collections.abc import Callable
from types import CodeType, FrameType
from typing import Any, Generic, TypeVar

T = TypeVar("T")

IMPORT_SYSTEM = "<frozen importlib._bootstrap>"
"""File name of the code that imports modules. A package whose import is interrupted may stay incomplete: Python does
not import its finished submodules again.
"""

_raise_in_thread = ctypes.pythonapi.PyThreadState_SetAsyncExc


class CallInterrupted(BaseException):
    """Raised inside an interrupted call. Not an Exception, so that no handler in the call suppresses it."""


class InterruptibleCall(Generic[T]):
    """A call of a function, for a thread of a pool. It raises CallInterrupted if it was interrupted.

    The exception is raised only inside the functions `interruptible`, and never inside the functions `protected`, which
    acquire or release something, nor while a module is imported.
    """

    def __init__(
        self, function: Callable[[], T], interruptible: frozenset[CodeType], protected: frozenset[CodeType]
    ) -> None:
        self._function, self._interruptible, self._protected = function, interruptible, protected
        self._lock = threading.Lock()
        self._thread: int | None = None
        self._cpu_start = 0.0
        self._interrupted = False

    def __call__(self) -> T:
        """Call the function."""
        try:
            try:
                self._start()
                result = self._function()
            finally:
                self._finish()
        except CallInterrupted:
            self._finish()  # again: the exception may have been raised in the first call
            raise
        if self._interrupted:
            raise CallInterrupted
        return result

    def interrupt(self) -> None:
        """Raise CallInterrupted in the call. Repeat this until it ends: it may be protected at the moment."""
        with self._lock:
            self._interrupted = True
            if self._thread is not None and self._is_interruptible(self._thread):
                _raise_in_thread(ctypes.c_ulong(self._thread), ctypes.py_object(CallInterrupted))

    def cpu_seconds(self) -> float:
        """Return the CPU time that the call has taken; on systems that do not report it, the elapsed time."""
        with self._lock:
            return 0.0 if self._thread is None else thread_seconds(self._thread) - self._cpu_start

    def _start(self) -> None:
        thread = threading.get_ident()
        with self._lock:
            if self._interrupted:
                raise CallInterrupted
            self._thread, self._cpu_start = thread, thread_seconds(thread)

    def _finish(self) -> None:
        with self._lock:
            if self._thread is not None:
                _raise_in_thread(ctypes.c_ulong(self._thread), None)  # discards an exception not raised yet
            self._thread = None

    def _is_interruptible(self, thread: int) -> bool:
        running, frame = set(), sys._current_frames().get(thread)
        # Frames below the call are skipped: reading a frame's variables keeps them alive until it ends.
        while frame is not None and frame.f_code is not InterruptibleCall.__call__.__code__:
            if _ignores_exceptions(frame) or frame.f_code.co_filename == IMPORT_SYSTEM:
                return False
            running.add(frame.f_code)
            frame = frame.f_back
        return not running.isdisjoint(self._interruptible) and running.isdisjoint(self._protected)


def _ignores_exceptions(frame: FrameType) -> bool:
    """Return whether Python ignores what is raised in a frame, and writes a traceback to stderr.

    It does so in finalizers and in callbacks of weak references, which have a dead reference as an argument.
    """
    code = frame.f_code
    if code.co_name == "__del__":
        return True
    values = frame.f_locals
    return any(_is_dead_reference(values.get(name)) for name in code.co_varnames[: code.co_argcount])


def _is_dead_reference(value: Any) -> bool:
    return isinstance(value, weakref.ref) and weakref.ref.__call__(value) is None


def thread_seconds(thread: int) -> float:
    """Return the CPU time of a thread; on systems that do not report it, such as macOS, the time of day."""
    if hasattr(time, "pthread_getcpuclockid"):
        return time.clock_gettime(time.pthread_getcpuclockid(thread))
    return time.monotonic()
