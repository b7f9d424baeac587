"""Request targets and Host headers (RFC 9112, section 3.2)."""

import re
from typing import NamedTuple

HOST = rb"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~!$&'()*+,;=%-]*)(?::[0-9]*)?"
"""Host and port (RFC 3986, section 3.2), without user information, which RFC 9110 (section 4.2.4) forbids."""
PATH_AND_QUERY = rb"(?P<path>/[^?#\s]*)(?:\?(?P<query>[^#\s]*))?"
HOST_HEADER = re.compile(HOST)
ORIGIN_FORM = re.compile(PATH_AND_QUERY)
ABSOLUTE_FORM = re.compile(rb"(?i:https?)://(?P<host>(?=[^:/])" + HOST + rb")(?:" + PATH_AND_QUERY + rb")?")
ASTERISK_FORM = b"*"


class RequestTarget(NamedTuple):
    """Parts of a request target. The host is None if the target does not contain it."""

    path: bytes
    query: bytes = b""
    host: bytes | None = None


def parse_request_target(method: bytes, target: bytes) -> RequestTarget:
    """Return the parts of a request target. Raise ValueError if the form is invalid or unsupported.

    Authority-form is for CONNECT, which only proxies support.
    """
    if match := ORIGIN_FORM.fullmatch(target):
        return RequestTarget(match["path"], match["query"] or b"")
    if match := ABSOLUTE_FORM.fullmatch(target):
        return RequestTarget(match["path"] or b"/", match["query"] or b"", match["host"])
    if target == ASTERISK_FORM and method == b"OPTIONS":
        return RequestTarget(target)
    raise ValueError(target)


def check_host(http_version: str, headers: list[tuple[bytes, bytes]]) -> None:
    """Raise ValueError unless there is one valid Host header; in HTTP/1.0 it is optional."""
    hosts = [value for name, value in headers if name == b"host"]
    optional = http_version == "1.0"
    if len(hosts) > 1 or (not hosts and not optional) or not all(map(HOST_HEADER.fullmatch, hosts)):
        raise ValueError(hosts)
