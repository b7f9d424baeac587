"""Which requests change data."""

WRITE_METHODS = ("POST", "PUT", "PATCH", "DELETE")
CHECK_PATH = "/check"
"""The path of the only POST that stores nothing."""


def is_write(method: str, path: str) -> bool:
    """Return whether a request asks for a change of the data."""
    return method in WRITE_METHODS and path != CHECK_PATH
