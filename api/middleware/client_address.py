"""Client address behind trusted proxies.

Why not Werkzeug's ProxyFix or uvicorn's ProxyHeadersMiddleware: they accept any text as an address.
"""

import re
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network

from api.middleware.headers import request_headers
from api.middleware.types import Scope

UNKNOWN = "unknown"
"""Address of every client whose real one cannot be read; they share one rate limit."""
IPV6_PREFIX_BITS = 64
"""Prefix length that identifies an IPv6 client: whoever has one address has the whole network."""
MAX_LENGTH = 64
"""Maximum length of an address with brackets, port and zone; anything longer is no address."""
NODE = re.compile(r'"?(?:\[(?P<v6>[^\]]+)\]|(?P<v4>[0-9.]+)|(?P<bare>[0-9A-Fa-f:.]+(?:%\w+)?))(?::\d{1,5})?"?')
"""An address as proxies write it: with or without port, IPv6 with or without brackets (RFC 7239, section 6)."""


def client_address(scope: Scope, trusted_proxies: int) -> str:
    """Return the client's IPv4 address or IPv6 network, as seen by the outermost trusted proxy, or UNKNOWN."""
    forwarded = request_headers(scope).get(b"x-forwarded-for") if trusted_proxies else None
    if forwarded is None:
        client = scope.get("client")
        return client_network(str(client[0])) if client else UNKNOWN
    addresses = forwarded.rsplit(b",", trusted_proxies)
    address = addresses[-trusted_proxies] if len(addresses) >= trusted_proxies else addresses[0]
    return client_network(address.strip().decode("latin-1"))


def client_network(address: str) -> str:
    """Return the IPv4 address or IPv6 network of a client, or UNKNOWN for anything else."""
    return _client_network(address) if len(address) <= MAX_LENGTH else UNKNOWN


@lru_cache(maxsize=1000)
def _client_network(address: str) -> str:
    match = NODE.fullmatch(address)
    try:
        ip = ip_address(match["v6"] or match["v4"] or match["bare"]) if match else None
    except ValueError:
        return UNKNOWN
    if isinstance(ip, IPv6Address):
        return str(ip.ipv4_mapped or ip_network((ip.packed, IPV6_PREFIX_BITS), strict=False))
    return str(ip) if ip else UNKNOWN
