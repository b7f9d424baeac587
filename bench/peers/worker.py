"""uvicorn's worker without its `server` header, so that the raw function sends the same bytes as Readout."""

from uvicorn_worker import UvicornWorker  # type: ignore[import-untyped] # it has no types


class Worker(UvicornWorker):
    """uvicorn's worker for gunicorn, with its defaults but for the header."""

    CONFIG_KWARGS = {**UvicornWorker.CONFIG_KWARGS, "server_header": False}
