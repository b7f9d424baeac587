"""Servers: how each is started, and its CPU and memory."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).parent.parent
WORKERS = 2
START_TIMEOUT_SECONDS = 120
"""Seconds until a server must respond; Datasette reads a big database completely first."""
POLL_INTERVAL = 0.005
"""Seconds between two attempts."""
STOP_TIMEOUT_SECONDS = 15
"""Seconds until a stopped server must have exited."""
MAX_LOG_BYTES = 2000
"""Bytes of a server's log that are shown if it does not start."""
HOST = "bench.example"
"""Host header of requests whose responses may be cached; links in responses start with it."""

PYTHON = ROOT / ".venv" / "bin" / "python"
"""The environment that users run, with only the locked runtime dependencies."""
PRODUCT, PEER = (str(PYTHON), "-m"), (sys.executable, "-m")
GUNICORN = (
    *PRODUCT,
    "gunicorn",
    "--bind",
    "127.0.0.1:{port}",
    "--workers",
    str(WORKERS),
    "--no-control-socket",
    "--preload",
)
UVICORN = (*PEER, "uvicorn", "--port", "{port}", "--workers", str(WORKERS), "--loop", "uvloop", "--http", "httptools")
QUIET = ("--no-access-log", "--log-level", "warning")
READOUT = (*PRODUCT, "gunicorn", "--config", "python:api.server.gunicorn_conf", "api.asgi:create_asgi_app()")
RAW_ASGI = "raw ASGI function"


class MeasurementFailed(Exception):
    """The measurement could not be taken or cannot be trusted."""


@dataclass(frozen=True)
class Program:
    """Server program: its name in the report, its command and its environment."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    ready: str = "/"
    """Path that responses once the server is up."""


def readout(database: Path, name: str = "Readout", workers: int = WORKERS) -> Program:
    """Return Readout with its default settings."""
    return Program(name, READOUT, {"READOUT_DATABASE": str(database), "READOUT_WORKERS": str(workers)})


def make_serve(database: Path) -> Program:
    """Return Readout as started by `make serve`."""
    return Program("make serve", ("make", "serve"), {"READOUT_DATABASE": str(database)})


def raw_asgi(responds: Path) -> Program:
    """Return a raw ASGI function under gunicorn with uvicorn's worker."""
    command = (*GUNICORN, "--worker-class", "bench.peers.worker.Worker", "bench.peers.raw_asgi:app")
    return Program(RAW_ASGI, command, {"BENCH_RESPONSES": str(responds)}, "/events")


def bare_flask(responds: Path) -> Program:
    """Return a Flask route that returns finished bytes, under gunicorn's threads."""
    command = (*GUNICORN, "--worker-class", "gthread", "--threads", "4", "bench.peers.bare_flask:app")
    return Program("bare Flask route", command, {"BENCH_RESPONSES": str(responds)}, "/events")


def fastapi_record(database: Path) -> Program:
    """Return FastAPI with an async view and orjson."""
    command = (*UVICORN, *QUIET, "bench.peers.fastapi_record:app")
    return Program("FastAPI async, orjson", command, {"BENCH_DATABASE": str(database)}, "/openapi.json")


def fastapi_page(database: Path) -> Program:
    """Return FastAPI with pydantic models."""
    command = (*UVICORN, *QUIET, "bench.peers.fastapi_page:app")
    return Program("FastAPI, pydantic", command, {"BENCH_DATABASE": str(database)}, "/openapi.json")


def datasette(database: Path) -> Program:
    """Return Datasette in one process, with `--immutable`, so that it counts rows once."""
    served = (*PEER, "datasette", "serve", "--port", "{port}", "--setting", "suggest_facets", "off", "--immutable")
    return Program("Datasette", (*served, str(database)), ready="/-/versions.json")


class Server:
    """Context manager that runs a program on a free loopback port."""

    def __init__(self, program: Program) -> None:
        self.program, self.port = program, free_port()
        self.log = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the server
        self.address = f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> "Server":
        bound = {"READOUT_BIND": f"127.0.0.1:{self.port}", "PYTHONPATH": str(ROOT)}
        # With this variable, every start would compile the modules of the project again, but not those of `.venv`.
        inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        command = [part.format(port=self.port) for part in self.program.command]
        # In its own session, so that Ctrl-C reaches only the benchmark, which stops what it started.
        self.process = psutil.Popen(
            command,
            cwd=ROOT,
            env={**inherited, **bound, **self.program.environment},
            stdout=self.log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            self._await()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        stop_process(self.process)
        self.log.close()

    def processes(self) -> list[Any]:
        """Return the started process and its descendants."""
        return [self.process, *self.process.children(recursive=True)]

    def workers(self) -> list[Any]:
        """Return the worker processes: those without children, except multiprocessing's resource tracker."""
        return [each for each in self.processes() if not each.children() and not is_tracker(each)]

    def cpu(self) -> float:
        """Return the CPU seconds used by all processes so far."""
        return sum(sum(each.cpu_times()[:2]) for each in self.processes())

    def writes(self) -> dict[int, int]:
        """Return how often each worker has called `write`, by process id; it is in proportion to its responses."""
        return {each.pid: each.io_counters().write_count for each in self.workers()}

    def private(self) -> dict[int, float]:
        """Return the private memory in MB of each worker, by process id."""
        return {each.pid: each.memory_full_info().uss / 2**20 for each in self.workers()}

    def _await(self) -> None:
        patience = time.monotonic() + START_TIMEOUT_SECONDS
        while self.process.poll() is None and time.monotonic() < patience:
            if responds(self.port, self.program.ready):
                return
            time.sleep(POLL_INTERVAL)
        self.log.seek(0)
        ending = self.log.read()[-MAX_LOG_BYTES:].decode(errors="replace")
        raise MeasurementFailed(f"{self.program.name} does not serve:\n{ending}")


def is_tracker(process: Any) -> bool:
    """Return whether a process is multiprocessing's resource tracker."""
    return any("resource_tracker" in part for part in process.cmdline())


def responds(port: int, path: str) -> bool:
    """Return whether a server responses a path with 200."""
    try:
        with closing(HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
            connection.request("GET", path)
            return connection.getresponse().status == HTTPStatus.OK
    except (OSError, HTTPException):
        return False


def stop_process(process: Any) -> None:
    """Terminate a process and its descendants; kill them after a timeout."""
    try:
        family = [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return
    process.terminate()
    _, left = psutil.wait_procs(family, STOP_TIMEOUT_SECONDS)
    for each in left:
        each.kill()


def free_port() -> int:
    """Return a port that nobody listens on."""
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
