"""Settings from environment variables."""

import pytest

from seed.settings import InvalidSettings, load_settings


@pytest.mark.parametrize(
    ("bind", "rate_limit"),
    [
        ("127.0.0.1:8000", "off"),
        ("[::1]:8000", "off"),
        ("localhost:8000", "off"),
        ("unix:/run/readout.sock", "off"),
        ("0.0.0.0:8000", "600/minute"),
        ("[::]:8000", "600/minute"),
        ("readout.example:80", "600/minute"),
    ],
)
def test_reachable_servers_have_a_rate_limit(monkeypatch: pytest.MonkeyPatch, bind: str, rate_limit: str) -> None:
    monkeypatch.setenv("READOUT_BIND", bind)
    assert load_settings().rate_limit == rate_limit
    monkeypatch.setenv("READOUT_RATE_LIMIT", "7/hour")
    assert load_settings().rate_limit == "7/hour"


def test_off_may_be_written_in_capitals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("READOUT_BIND", "0.0.0.0:8000")
    monkeypatch.setenv("READOUT_RATE_LIMIT", "OFF")
    monkeypatch.setenv("READOUT_ACCESS_LOG", "Off")
    assert (load_settings().rate_limit, load_settings().access_log) == ("off", "off")


def test_redis_that_does_not_answer_yet_is_valid(monkeypatch: pytest.MonkeyPatch) -> None:
    url = "rediss://name:secret@127.0.0.1:1/0?socket_timeout=0.5"
    monkeypatch.setenv("READOUT_REDIS_URL", url)
    assert load_settings().redis_url == url


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("READOUT_WORKES", "2", "There is no such setting. Did you mean 'READOUT_WORKERS'?"),
        ("READOUT_WORKERS", "0", "Must be greater than or equal to 1"),
        ("READOUT_DATABASE", "", "Must be the path of a file."),
        ("READOUT_DATABASE", "/", "Must be the path of a file."),
        ("READOUT_DATABASE", "/usr/..", "Must be the path of a file."),
        ("READOUT_BIND", "::1:8000", "Write an IPv6 address in brackets: [::1]:8000"),
        ("READOUT_BIND", "127.0.0.1:8000,127.0.0.1:8001", "Must be one address"),
        ("READOUT_BIND", "tcp://127.0.0.1:8000", "Must be HOST:PORT or unix:PATH."),
        ("READOUT_BIND", "8000", "Must be HOST:PORT or unix:PATH."),
        ("READOUT_BIND", "127.0.0.1:65536", "The port must be at most 65535."),
        ("READOUT_BIND", "unix:/usr", "/usr exists and is not a socket."),
        ("READOUT_BIND", "unix:///usr", "/usr exists and is not a socket."),
        ("READOUT_BIND", "unix:", "Must be HOST:PORT or unix:PATH."),
        ("READOUT_BASE_URL", "news.example", "Not a valid URL."),
        ("READOUT_RATE_LIMIT", "many", "Must be 'off' or a rate such as '600/minute'"),
        ("READOUT_RATE_LIMIT", "0/minute", "Must be 'off' or a rate such as '600/minute'"),
        ("READOUT_REDIS_URL", "http://127.0.0.1", "Not a valid URL."),
        ("READOUT_REDIS_URL", "redis://127.0.0.1:63790000", "Port out of range 0-65535. Write it as in redis://"),
        ("READOUT_REDIS_URL", "redis://127.0.0.1/0?db=x", "Invalid value for 'db'"),
        ("READOUT_REDIS_URL", "redis://127.0.0.1/0?timeuot=1", "argument 'timeuot'"),
        ("READOUT_TRUSTED_PROXIES", "-1", "Must be greater than or equal to 0"),
        ("READOUT_QUERY_TIMEOUT", "0", "Must be greater than or equal to 0.01"),
        ("READOUT_QUERY_TIMEOUT", "nan", "Special numeric values"),
        ("READOUT_AFTER_WRITE", " ", "Must have a command"),
        ("READOUT_AFTER_WRITE", "copy 'now", "No closing quotation. Quote words as in a shell."),
        ("READOUT_SECURITY_CONTACT", "somebody", "Must be mailto:ADDRESS or https://ADDRESS."),
        ("READOUT_SECURITY_EXPIRES", "2027-13-01", "Not a valid date."),
        ("READOUT_SECURITY_EXPIRES", "2027-01-01", "together, or neither."),
    ],
)
def test_invalid_setting_is_named(monkeypatch: pytest.MonkeyPatch, variable: str, value: str, message: str) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(InvalidSettings) as raised:
        load_settings()
    assert str(raised.value).startswith(f"{variable}: ")
    assert message in str(raised.value)
