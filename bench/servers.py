"""Servers: how each is started, and what it costs while it runs."""

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
"""Seconds until a server must answer; Datasette reads a big file whole before it does."""
POLL_INTERVAL = 0.005
"""Seconds between two looks whether it does."""
STOP_TIMEOUT_SECONDS = 15
"""Seconds until a server that is asked to end must have ended."""
HOST = "bench.example"
"""The Host of requests of which an answer may be held; the addresses in the answer begin with it."""

PYTHON = ROOT / ".venv" / "bin" / "python"
"""What users run, with nothing but what the product's own lock has: gunicorn takes up uvloop wherever it finds it, and
the peers bring it along."""
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


class MeasurementFailed(Exception):
    """A measurement that cannot be taken, or is not to be trusted."""


@dataclass(frozen=True)
class Program:
    """What serves: its name in the report, the command, and the environment it is told of its data by."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    ready: str = "/"
    """The path that answers once it serves."""


def readout(database: Path) -> Program:
    """Readout, as it is served."""
    return Program("Readout", READOUT, {"READOUT_DATABASE": str(database), "READOUT_WORKERS": str(WORKERS)})


def make_serve(database: Path) -> Program:
    """Readout, as a newcomer has it served."""
    return Program("make serve", ("make", "serve"), {"READOUT_DATABASE": str(database)})


def raw_asgi(responds: Path) -> Program:
    """A raw ASGI function under gunicorn's own worker."""
    command = (*GUNICORN, "--worker-class", "asgi", "bench.peers.raw_asgi:app")
    return Program("raw ASGI function", command, {"BENCH_ANSWERS": str(responds)}, "/events")


def raw_wsgi(responds: Path) -> Program:
    """A raw WSGI function under gunicorn's threads."""
    command = (*GUNICORN, "--worker-class", "gthread", "--threads", "4", "bench.peers.raw_wsgi:app")
    return Program("raw WSGI function", command, {"BENCH_ANSWERS": str(responds)}, "/events")


def bare_flask(responds: Path) -> Program:
    """A Flask route that gives finished bytes, under gunicorn's threads."""
    command = (*GUNICORN, "--worker-class", "gthread", "--threads", "4", "bench.peers.bare_flask:app")
    return Program("bare Flask route", command, {"BENCH_ANSWERS": str(responds)}, "/events")


def fastapi_record(database: Path) -> Program:
    """FastAPI with async views and orjson."""
    command = (*UVICORN, *QUIET, "bench.peers.fastapi_record:app")
    return Program("FastAPI async, orjson", command, {"BENCH_DATABASE": str(database)}, "/openapi.json")


def fastapi_page(database: Path) -> Program:
    """FastAPI with pydantic models."""
    command = (*UVICORN, *QUIET, "bench.peers.fastapi_page:app")
    return Program("FastAPI, pydantic", command, {"BENCH_DATABASE": str(database)}, "/openapi.json")


def datasette(database: Path) -> Program:
    """Datasette, in one process as it comes, over a file that it takes for immutable, so that it counts once."""
    served = (*PEER, "datasette", "serve", "--port", "{port}", "--setting", "suggest_facets", "off", "--immutable")
    return Program("Datasette", (*served, str(database)), ready="/-/versions.json")


class Server:
    """A program that serves on a free port of the loopback for as long as the block lasts."""

    def __init__(self, program: Program) -> None:
        self.program, self.port = program, free_port()
        self.log = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the server
        self.address = f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> "Server":
        bound = {"READOUT_BIND": f"127.0.0.1:{self.port}", "PYTHONPATH": str(ROOT)}
        command = [part.format(port=self.port) for part in self.program.command]
        # A session of its own: Ctrl-C is for the bench, which ends what it started.
        self.process = psutil.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, **bound, **self.program.environment},
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
        """The process that was started and those under it."""
        return [self.process, *self.process.children(recursive=True)]

    def workers(self) -> list[Any]:
        """The processes that answer: those without any under them, and without multiprocessing's own."""
        return [each for each in self.processes() if not each.children() and not is_tracker(each)]

    def cpu(self) -> float:
        """Seconds of CPU used so far, by all processes."""
        return sum(sum(each.cpu_times()[:2]) for each in self.processes())

    def private(self) -> dict[int, float]:
        """The MB that each worker has to itself, by process id."""
        return {each.pid: each.memory_full_info().uss / 2**20 for each in self.workers()}

    def _await(self) -> None:
        patience = time.monotonic() + START_TIMEOUT_SECONDS
        while self.process.poll() is None and time.monotonic() < patience:
            if responds(self.port, self.program.ready):
                return
            time.sleep(POLL_INTERVAL)
        self.log.seek(0)
        raise MeasurementFailed(f"{self.program.name} does not serve:\n{self.log.read().decode(errors='replace')}")


def is_tracker(process: Any) -> bool:
    """Whether a process is the one in which multiprocessing keeps count of what is shared."""
    return any("resource_tracker" in part for part in process.cmdline())


def responds(port: int, path: str) -> bool:
    """Whether something answers there."""
    try:
        with closing(HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
            connection.request("GET", path)
            return connection.getresponse().status == HTTPStatus.OK
    except (OSError, HTTPException):
        return False


def stop_process(process: Any) -> None:
    """End a process and all under it: asked first, then made to."""
    try:
        family = [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return
    process.terminate()
    _, left = psutil.wait_procs(family, STOP_TIMEOUT_SECONDS)
    for each in left:
        each.kill()


def free_port() -> int:
    """A port that nobody listens on."""
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
