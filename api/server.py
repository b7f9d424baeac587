"""What gunicorn is told: gunicorn --config python:api.server 'api:create_app()'."""

from api.worker import LONGEST_LINE
from seed.settings import settings

_settings = settings()
bind = _settings["bind"]
workers = _settings["workers"]
worker_class = "api.worker.Worker"
threads = 4
limit_request_line = LONGEST_LINE
preload_app = True  # the file is built and the code imported once, before the workers part
control_socket_disable = True  # nothing outside the process steers it
