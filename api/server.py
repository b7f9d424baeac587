"""What gunicorn is told: gunicorn --config python:api.server 'api:create_app()'."""

from seed.settings import settings

_settings = settings()
bind = _settings["bind"]
workers = _settings["workers"]
worker_class = "gthread"
threads = 4
preload_app = True  # the file is built and the code imported once, before the workers part
control_socket_disable = True  # nothing outside the process steers it
