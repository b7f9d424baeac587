"""What gunicorn is told: gunicorn --config python:api.server.gunicorn_conf 'api.asgi:create_asgi_app()'."""

import resource

from api.server.early_errors import MAX_REQUEST_LINE
from api.server.gunicorn_worker import block_signals_at_fork
from seed.settings import load_settings

MAX_CONNECTIONS = 1000
"""How many connections a worker serves at once."""

_, _max_files = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(
    resource.RLIMIT_NOFILE, (_max_files, _max_files)
)  # what is allowed from the start is meant for programs of old
block_signals_at_fork()

_settings = load_settings()
bind = _settings.bind
workers = _settings.workers
worker_class = "api.server.gunicorn_worker.Worker"
worker_connections = min(MAX_CONNECTIONS, _max_files // 2)  # the other half is for the file, which every answer opens
limit_request_line = MAX_REQUEST_LINE
asgi_loop = "uvloop"
asgi_lifespan = "off"  # nothing is to be done before the first request or after the last
asgi_disconnect_grace_period = 0  # whoever leaves in the middle of a stream ends it
preload_app = True  # the file is built and the code imported once, before the workers part
control_socket_disable = True  # nothing outside the process steers it
