"""Who asks: the address that stands for a client."""

from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network

from api.middleware.types import Headers, Scope

IPV6_PREFIX_BITS = 64
"""Bits of an IPv6 address that tell clients apart: whoever has one address has all that begin with them."""
X_FORWARDED_FOR = b"x-forwarded-for"


def client_address(scope: Scope, headers: Headers, proxies: int) -> str:
    """The address a request comes from, as the outermost of so many proxies saw it; "" where nobody tells."""
    address = str(scope["client"][0]) if scope["client"] else ""
    if proxies and X_FORWARDED_FOR in headers:
        told = headers[X_FORWARDED_FOR].decode("latin-1").split(",")
        address = told[-proxies if len(told) >= proxies else 0].strip()
    return client_network(address)


@lru_cache(maxsize=1000)
def client_network(address: str) -> str:
    """What stands for all addresses of one client; of what is no address, nothing."""
    try:
        read = ip_address(address)
    except ValueError:
        return ""
    if isinstance(read, IPv6Address):
        return str(read.ipv4_mapped or ip_network((read, IPV6_PREFIX_BITS), strict=False))
    return str(read)
