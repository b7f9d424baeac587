"""Client address behind trusted proxies."""

from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network

from api.middleware.types import Headers, Scope

IPV6_PREFIX_BITS = 64
"""Prefix length that identifies an IPv6 client: whoever has one address has the whole network."""
X_FORWARDED_FOR = b"x-forwarded-for"


def client_address(scope: Scope, headers: Headers, proxies: int) -> str:
    """Return the client's network as seen by the outermost trusted proxy, or "" if unknown."""
    address = str(scope["client"][0]) if scope["client"] else ""
    if proxies and X_FORWARDED_FOR in headers:
        told = headers[X_FORWARDED_FOR].decode("latin-1").split(",")
        address = told[-proxies if len(told) >= proxies else 0].strip()
    return client_network(address)


@lru_cache(maxsize=1000)
def client_network(address: str) -> str:
    """Return the IPv4 address or IPv6 network of a client, or "" for an invalid address."""
    try:
        read = ip_address(address)
    except ValueError:
        return ""
    if isinstance(read, IPv6Address):
        return str(read.ipv4_mapped or ip_network((read, IPV6_PREFIX_BITS), strict=False))
    return str(read)
