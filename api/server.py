"""What gunicorn is told: gunicorn --config python:api.server 'api.gate:create_app()'."""

import resource

from api.refusals import LONGEST_LINE
from api.worker import hold_signals_at_fork
from seed.settings import settings

MOST_CONNECTIONS = 1000
"""How many connections a worker serves at once."""

_, _most = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(
    resource.RLIMIT_NOFILE, (_most, _most)
)  # what is allowed from the start is meant for programs of old
hold_signals_at_fork()

_settings = settings()
bind = _settings["bind"]
workers = _settings["workers"]
worker_class = "api.worker.Worker"
worker_connections = min(MOST_CONNECTIONS, _most // 2)  # the other half is for the file, which every answer opens
limit_request_line = LONGEST_LINE
asgi_loop = "uvloop"
asgi_lifespan = "off"  # nothing is to be done before the first request or after the last
asgi_disconnect_grace_period = 0  # whoever leaves in the middle of a stream ends it
preload_app = True  # the file is built and the code imported once, before the workers part
control_socket_disable = True  # nothing outside the process steers it
