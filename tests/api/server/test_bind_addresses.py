"""The rate limit of addresses that gunicorn's `--bind` names."""

import os
import subprocess
import sys

import pytest

from api.server.bind_addresses import rate_limit_advice, require_rate_limit
from seed.settings import InvalidSettings, load_settings
from tests.support import ROOT


@pytest.mark.parametrize(
    ("address", "settings", "refused"),
    [
        ("0.0.0.0:8000", {}, True),
        ("0.0.0.0:8000", {"READOUT_RATE_LIMIT": "off"}, False),
        ("0.0.0.0:8000", {"READOUT_BIND": "0.0.0.0:80"}, False),
        ("127.0.0.1:8001", {}, False),
    ],
)
def test_reachable_address_needs_a_rate_limit(
    monkeypatch: pytest.MonkeyPatch, address: str, settings: dict[str, str], refused: bool
) -> None:
    """READOUT_BIND is on the loopback interface by default."""
    for name in ("READOUT_BIND", "READOUT_RATE_LIMIT"):
        monkeypatch.delenv(name, raising=False)
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    addresses, setting = ["127.0.0.1:1", address], load_settings().bind
    if refused:
        with pytest.raises(InvalidSettings, match=f"Set READOUT_BIND={address} instead"):
            require_rate_limit(addresses, setting)
    else:
        require_rate_limit(addresses, setting)


def test_gunicorn_does_not_start_without_a_rate_limit() -> None:
    steps = (
        "from types import SimpleNamespace; from gunicorn.config import Config; from api.server import gunicorn_conf; "
        "config = Config(); config.set('bind', ['127.0.0.1:1', '0.0.0.0:8000']); "
        "gunicorn_conf.on_starting(SimpleNamespace(cfg=config))"
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith("READOUT_")}
    command = [sys.executable, "-c", steps]
    done = subprocess.run(command, cwd=ROOT, stderr=subprocess.PIPE, text=True, check=False, env=environment)
    assert done.returncode != 0
    assert "Set READOUT_BIND=0.0.0.0:8000 instead" in done.stderr


@pytest.mark.parametrize(
    ("address", "advice"),
    [
        (":8133", "Set READOUT_BIND=0.0.0.0:8133 instead, or set READOUT_RATE_LIMIT."),
        ("[::]", "Set READOUT_BIND=[::]:8000 instead, or set READOUT_RATE_LIMIT."),
        ("tcp://[::]:8133", "Set READOUT_BIND=[::]:8133 instead, or set READOUT_RATE_LIMIT."),
        ("fd://3", "Set READOUT_RATE_LIMIT."),
    ],
)
def test_advice_can_be_followed(address: str, advice: str) -> None:
    assert rate_limit_advice(address) == advice
