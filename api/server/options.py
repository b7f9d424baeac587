"""Options of gunicorn that this server cannot follow: it refuses them, rather than start as if they were in force."""

import os

from gunicorn.config import Config

from seed.settings import InvalidSettings

WITHOUT_EFFECT = {
    "The server speaks HTTP/1.1 without TLS. Put a proxy in front of it, as in deploy/nginx.": (
        *("certfile", "keyfile", "ca_certs", "cert_reqs", "ciphers", "ssl_version"),
        *("do_handshake_on_connect", "suppress_ragged_eofs"),
        *("http_protocols", "http2_cleartext", "http2_max_concurrent_streams", "http2_initial_window_size"),
        *("http2_max_frame_size", "http2_max_header_list_size", "websocket_max_message_size"),
        *("protocol", "proxy_protocol", "proxy_allow_ips", "uwsgi_allow_ips"),
    ),
    "The server has its own parser, whose limits are in docs/operations.md.": (
        *("http_parser", "limit_request_line", "limit_request_fields", "limit_request_field_size"),
        *("header_map", "forwarder_headers", "strip_header_spaces", "permit_obsolete_folding"),
        *("casefold_http_method", "permit_unconventional_http_method", "permit_unconventional_http_version"),
    ),
    "The server has its own event loop and threads.": (
        *("threads", "sendfile", "asgi_loop", "asgi_lifespan", "asgi_disconnect_grace_period"),
    ),
    "Set READOUT_ACCESS_LOG instead.": ("accesslog", "access_log_format"),
    "Set READOUT_BASE_URL instead.": ("root_path",),
    "Set READOUT_TRUSTED_PROXIES instead.": ("forwarded_allow_ips",),
}
"""Names of gunicorn's settings that have no effect, by why, or by what to do instead."""
VARIABLE_OF_PROXIES = "FORWARDED_ALLOW_IPS"
"""A variable that gunicorn reads, and that this server does not."""


def require_effective(config: Config) -> None:
    """Raise InvalidSettings for an option that the server does not follow, or cannot follow."""
    defaults = Config()
    for reason, names in WITHOUT_EFFECT.items():
        for name in names:
            if config.settings[name].value != defaults.settings[name].value:
                raise InvalidSettings(f"{option(config, name)} has no effect. {reason}")
    if VARIABLE_OF_PROXIES in os.environ:
        raise InvalidSettings(f"{VARIABLE_OF_PROXIES} has no effect. Set READOUT_TRUSTED_PROXIES instead.")
    if config.uid != os.geteuid():
        raise InvalidSettings(
            f"{option(config, 'user')} cannot be used: the workers could not open what the master process has created."
            " Start the server as that user, as the units in deploy/systemd do."
        )


def option(config: Config, name: str) -> str:
    """Return the option of a setting as it is written in a command."""
    return str(config.settings[name].cli[-1])
