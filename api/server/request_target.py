"""Request targets and Host headers (RFC 9112, section 3.2)."""

import re

HOST = rb"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~!$&'()*+,;=%-]*)(?::[0-9]*)?"
"""Host and port (RFC 3986, section 3.2), without user information, which RFC 9110 (section 4.2.4) forbids."""
HOST_HEADER = re.compile(HOST)
ORIGIN_FORM = re.compile(rb"/[^#\s]*")
ABSOLUTE_FORM = re.compile(
    rb"(?i:https?)://(?P<host>(?=[^:/?])" + HOST + rb")(?P<path>/[^?#\s]*)?(?P<query>\?[^#\s]*)?"
)
ASTERISK_FORM = b"*"


def parse_request_target(method: bytes, target: bytes) -> tuple[bytes, bytes | None]:
    """Return path and query, as one, and the host if the target contains it.

    The target of `OPTIONS *`, which asks about the server as a whole, becomes the path of the index; so does an empty
    path (RFC 9110, section 4.2.3).
    Raise ValueError if the form is invalid or unsupported. Authority-form is for CONNECT, which only proxies support.
    """
    if ORIGIN_FORM.fullmatch(target):
        return target, None
    if match := ABSOLUTE_FORM.fullmatch(target):
        return (match["path"] or b"/") + (match["query"] or b""), match["host"]
    if target == ASTERISK_FORM and method == b"OPTIONS":
        return b"/", None
    raise ValueError(target)


def check_host(http_version: str, headers: list[tuple[bytes, bytes]]) -> None:
    """Raise ValueError unless there is one valid Host header; in HTTP/1.0 it is optional."""
    hosts = [value for name, value in headers if name == b"host"]
    valid = HOST_HEADER.fullmatch(hosts[0]) if len(hosts) == 1 else not hosts and http_version == "1.0"
    if not valid:
        raise ValueError(hosts)
