"""Client addresses, from the connection or from X-Forwarded-For."""

import pytest

from api.middleware.client_address import MAX_LENGTH, UNKNOWN, _client_network, client_address
from tests.support.asgi import make_scope


@pytest.mark.parametrize(
    ("address", "forwarded", "proxies", "client"),
    [
        ("192.0.2.1", None, 0, "192.0.2.1"),
        ("192.0.2.1", "203.0.113.5", 0, "192.0.2.1"),
        ("127.0.0.1", "203.0.113.5", 1, "203.0.113.5"),
        ("127.0.0.1", "198.51.100.1, 203.0.113.5", 1, "203.0.113.5"),
        ("127.0.0.1", "198.51.100.1, 203.0.113.5, 10.0.0.1", 2, "203.0.113.5"),
        ("127.0.0.1", "203.0.113.5", 2, "203.0.113.5"),
        ("127.0.0.1", None, 1, "127.0.0.1"),
        ("2001:db8:1:2:3:4:5:6", None, 0, "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", None, 0, "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.1", None, 0, "192.0.2.1"),
    ],
)
def test_outermost_trusted_proxy_names_the_client(
    address: str, forwarded: str | None, proxies: int, client: str
) -> None:
    headers = {} if forwarded is None else {"x_forwarded_for": forwarded}
    assert client_address(make_scope("/", client=address, **headers), proxies) == client


@pytest.mark.parametrize(
    ("forwarded", "client"),
    [
        ("203.0.113.7:51234", "203.0.113.7"),
        ("[2001:db8::1]:443", "2001:db8::/64"),
        ("[2001:db8::1]", "2001:db8::/64"),
        ('"[2001:db8::1]:443"', "2001:db8::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("[::ffff:203.0.113.7]:80", "203.0.113.7"),
        *(
            (text, UNKNOWN)
            for text in ("unknown", "_hidden", "", " ", ",", "for=203.0.113.7", "203.0.113", "[", "[]:1")
        ),
        *((text, UNKNOWN) for text in ("localhost:80", "203.0.113.7:", "::1:::", "\u00ff", "1" * 8000, "%", "[%]")),
    ],
)
def test_address_is_read_however_a_proxy_writes_it(forwarded: str, client: str) -> None:
    assert client_address(make_scope("/", x_forwarded_for=forwarded), 1) == client


def test_two_forwarded_headers_are_one_list() -> None:
    scope = make_scope("/", x_forwarded_for="203.0.113.1")
    scope["headers"].append((b"x-forwarded-for", b"203.0.113.2"))
    assert client_address(scope, 1) == "203.0.113.2"


@pytest.mark.parametrize("client", [None, ("", 0), (None, None), ("/run/readout.sock", 0)])
def test_unix_socket_has_no_address(client: object) -> None:
    assert client_address({**make_scope("/"), "client": client}, 0) == UNKNOWN


def test_long_text_is_not_kept_in_memory() -> None:
    _client_network.cache_clear()
    for number in range(10):
        assert client_address(make_scope("/", x_forwarded_for=f"{number}" + "x" * MAX_LENGTH), 1) == UNKNOWN
    assert _client_network.cache_info().currsize == 0
