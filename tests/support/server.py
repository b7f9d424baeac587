"""A gunicorn that runs for the duration of a test."""

import json
import os
import socket
import subprocess
import sys
import time
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import urlopen

from tests.support import ROOT

READOUT = ("--config", "python:api.server.gunicorn_conf", "api.asgi:create_asgi_app()")
"""Arguments of gunicorn for the service with its middleware."""
FLASK_ONLY = ("--bind", "{bind}", "api:create_app()")
"""Arguments of gunicorn for the Flask application alone, with gunicorn's default worker and configuration."""
START_TIMEOUT_SECONDS = 20
POLL_INTERVAL = 0.05


def free_address() -> str:
    """Return an address of the loopback interface with an unused port."""
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{listener.getsockname()[1]}"


def get_json(url: str) -> tuple[int, Any]:
    """Return the status and the JSON of a URL."""
    parts = urlsplit(url)
    with closing(HTTPConnection(parts.netloc, timeout=10)) as connection:
        connection.request("GET", parts._replace(scheme="", netloc="").geturl())
        response = connection.getresponse()
        return response.status, json.load(response)


class GunicornServer:
    """Context manager that runs gunicorn over a database; it returns the URL and the process."""

    def __init__(self, database: Path, arguments: tuple[str, ...] = READOUT, **environment: str) -> None:
        self.bind = free_address()
        self.command = [sys.executable, "-m", "gunicorn", *(argument.format(bind=self.bind) for argument in arguments)]
        self.environment = {
            **os.environ,
            "READOUT_DATABASE": str(database),
            "READOUT_BIND": self.bind,
            "READOUT_WORKERS": "2",
            **environment,
        }

    def __enter__(self) -> tuple[str, "subprocess.Popen[bytes]"]:
        self.process = subprocess.Popen(self.command, cwd=ROOT, env=self.environment, stderr=subprocess.PIPE)
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while time.monotonic() < deadline:
            try:
                with urlopen(f"http://{self.bind}/", timeout=5):
                    return f"http://{self.bind}", self.process
            except OSError:
                time.sleep(POLL_INTERVAL)
        self.process.kill()
        raise AssertionError(self.process.communicate()[1].decode())

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.communicate(timeout=30)
