"""Options of gunicorn that the server refuses."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from gunicorn.config import Config

from api.server.options import WITHOUT_EFFECT, require_effective
from seed.settings import InvalidSettings
from tests.support import ROOT
from tests.support.server import READOUT, free_address


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "line"),
    [
        (("--certfile", "cert.pem", "--keyfile", "key.pem"), "--certfile has no effect. The server speaks HTTP/1.1"),
        (("--limit-request-line", "100"), "--limit-request-line has no effect. The server has its own parser"),
    ],
)
def test_server_does_not_start_with_an_option_without_effect(
    database: Path, options: tuple[str, ...], line: str
) -> None:
    environment = {**os.environ, "READOUT_DATABASE": str(database), "READOUT_BIND": free_address()}
    ended = subprocess.run(
        [sys.executable, "-m", "gunicorn", *options, *READOUT],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    (error,) = [each for each in ended.stderr.splitlines() if "INFO" not in each and each]
    assert (ended.returncode, error.startswith(f"Error: {line}")) == (1, True), ended.stderr


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("proxy_protocol", True, "--proxy-protocol has no effect. .* Put a proxy"),
        ("threads", 4, "--threads has no effect"),
        ("sendfile", False, "--no-sendfile has no effect"),
        ("accesslog", "-", "--access-logfile has no effect. Set READOUT_ACCESS_LOG instead"),
        ("user", str(os.geteuid() + 1), "--user cannot be used: .* Start the server as that user"),
    ],
)
def test_option_is_refused(name: str, value: object, message: str) -> None:
    config = Config()
    config.set(name, value)
    with pytest.raises(InvalidSettings, match=message):
        require_effective(config)


def test_other_options_are_accepted() -> None:
    config = Config()
    for name, value in {"keepalive": 5, "timeout": 60, "user": str(os.geteuid()), "threads": 1}.items():
        config.set(name, value)
    require_effective(config)


def test_refused_options_are_those_of_gunicorn() -> None:
    settings = Config().settings
    assert all(settings[name].cli for names in WITHOUT_EFFECT.values() for name in names)


def test_proxies_are_not_read_from_the_variable_of_gunicorn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "10.0.0.1")
    with pytest.raises(InvalidSettings, match=r"FORWARDED_ALLOW_IPS has no effect\. Set READOUT_TRUSTED_PROXIES"):
        require_effective(Config())
