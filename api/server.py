"""What gunicorn is told: gunicorn --config python:api.server 'api.edge:create_app()'."""

from api.worker import LONGEST_LINE
from seed.settings import settings

_settings = settings()
bind = _settings["bind"]
workers = _settings["workers"]
worker_class = "api.worker.Worker"
limit_request_line = LONGEST_LINE
asgi_loop = "uvloop"
asgi_lifespan = "off"  # nothing is to be done before the first request or after the last
asgi_disconnect_grace_period = 0  # whoever leaves in the middle of a stream ends it
preload_app = True  # the file is built and the code imported once, before the workers part
control_socket_disable = True  # nothing outside the process steers it
