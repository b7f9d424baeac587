"""gunicorn configuration: gunicorn --config python:api.server.gunicorn_conf 'api.asgi:create_asgi_app()'."""

import gc
import os
from typing import Any

from api.server.accept import CONNECTION_COUNTS
from api.server.bind_addresses import require_rate_limit
from api.server.file_limit import raise_file_limit
from api.server.options import require_effective
from api.server.worker import block_signals_at_fork
from seed.settings import load_settings

MAX_CONNECTIONS = 1000
"""Maximum connections per worker."""

block_signals_at_fork()

_settings = load_settings()
bind = _settings.bind
workers = _settings.workers
worker_class = "api.server.worker.Worker"
worker_connections = min(
    MAX_CONNECTIONS, raise_file_limit() // 2
)  # the other half is for the database, which every response opens
SHARED_MEMORY = "/dev/shm"  # noqa: S108 - the files there have no names  # nosec B108
worker_tmp_dir = (
    SHARED_MEMORY if os.access(SHARED_MEMORY, os.W_OK) else None
)  # if TMPDIR was removed, gunicorn would end when it starts a worker
preload_app = True  # build the database and import the code once, before forking
control_socket_disable = True  # no control from outside the process


def on_starting(server: Any) -> None:
    """Raise InvalidSettings for an option without effect, and for a public `--bind` that would have no rate limit."""
    require_effective(server.cfg)
    require_rate_limit(server.cfg.bind, _settings.bind)


def pre_fork(server: Any, worker: Any) -> None:
    """Keep garbage collection off the objects of the master process: a worker would copy the memory of each."""
    gc.collect()
    gc.freeze()


def child_exit(server: Any, worker: Any) -> None:
    """Forget the connections of a worker that exited, however it did."""
    CONNECTION_COUNTS.remove(worker.age)
