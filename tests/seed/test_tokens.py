"""Tokens for writing over HTTP: the file has only hashes, and is refused if it is not protected or not valid."""

import json
import os
import resource
import threading
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from api import create_app
from seed.cli import cli
from seed.settings import InvalidSettings
from seed.tokens import create_token, find_token, read_tokens

LATER = datetime.now(UTC).date() + timedelta(days=30)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tokens"


def test_command_prints_a_token_once(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("READOUT_TOKENS", str(path))
    command = ["token", "create", "A. Editor", "--scope", "records", "--expires", LATER.isoformat()]
    first, second = (CliRunner().invoke(cli, command).output.strip() for _ in range(2))
    assert first != second
    assert first not in path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600
    found = find_token(path, first)
    assert found is not None
    assert (found.name, found.scopes, found.expires) == ("A. Editor", ("records",), LATER)


def test_command_without_the_setting_says_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("READOUT_TOKENS", raising=False)
    command = ["token", "create", "A. Editor", "--scope", "records", "--expires", "2030-01-01"]
    result = CliRunner().invoke(cli, command)
    assert (result.exit_code, "Set READOUT_TOKENS" in result.output) == (1, True)


def test_token_that_would_never_be_valid_is_rejected(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("READOUT_TOKENS", str(path))
    command = ["token", "create", "A. Editor", "--scope", "records", "--expires"]
    today = datetime.now(UTC).date()
    result = CliRunner().invoke(cli, [*command, (today - timedelta(days=1)).isoformat()])
    assert (result.exit_code, result.stdout, path.exists()) == (2, "", False)
    assert "is past. Write a later day." in result.stderr
    assert CliRunner().invoke(cli, [*command, today.isoformat()]).exit_code == 0


def test_only_a_current_token_is_found(path: Path) -> None:
    token, expired = create_token(path, "A", ["records"], LATER), create_token(path, "B", ["records"], date(2020, 1, 1))
    assert find_token(path, token) is not None
    assert find_token(path, expired) is None
    assert find_token(path, token + "x") is None
    path.write_text("")
    assert find_token(path, token) is None


def test_token_follows_a_line_without_an_end(path: Path) -> None:
    """An editor may leave out the end of the last line."""
    first = create_token(path, "A", ["records"], LATER)
    path.write_text(path.read_text().rstrip())
    second = create_token(path, "B", ["records"], LATER)
    assert path.read_text().count("\n") == 2
    assert all(find_token(path, token) for token in (first, second))


@pytest.mark.parametrize("limit", [0, 1, 100])
def test_full_disk_leaves_the_file_as_it_was(path: Path, limit: int) -> None:
    """The disk takes what fits of a write; half a line would make the file invalid."""
    path.write_text(json.dumps({"name": "A", "scopes": ["records"], "expires": "2030-01-01", "sha256": "0" * 64}))
    path.chmod(0o640)
    before = path.read_text()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + limit, hard))
    try:
        with pytest.raises(OSError, match="File too large"):
            create_token(path, "B", ["records"], LATER)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.read_text() == before
    assert path.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("mode", [0o604, 0o620, 0o666])
def test_unprotected_file_stops_the_start(own: Path, path: Path, mode: int) -> None:
    create_token(path, "A", ["records"], LATER)
    path.chmod(mode)
    with pytest.raises(InvalidSettings, match=f"READOUT_TOKENS: .* has the mode {mode:o}: .*chmod 640"):
        create_app(database=str(own), tokens=str(path))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"scopes": ["everything"]}, "tokens:1: scopes/0: Must be one of: bundles, records."),
        ({"scopes": []}, "tokens:1: scopes: Shorter than minimum length 1."),
        ({"expires": "soon"}, "tokens:1: expires: Not a valid date."),
        ({"sha256": "secret"}, "tokens:1: sha256: Must be 64 hex digits."),
        ({"naem": "A"}, "tokens:1: naem: There is no such field. Did you mean 'name'?"),
    ],
)
def test_invalid_line_is_named(path: Path, change: dict[str, object], message: str) -> None:
    create_token(path, "A", ["records"], LATER)
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(InvalidSettings) as raised:
        read_tokens(path)
    assert message in str(raised.value)


def test_file_that_is_none_of_tokens_is_named(path: Path) -> None:
    with pytest.raises(InvalidSettings, match="cannot be read: No such file"):
        read_tokens(path)
    path.write_text("- a: b\n")
    path.chmod(0o600)
    with pytest.raises(InvalidSettings, match="tokens:1: Not a JSON object"):
        read_tokens(path)


@pytest.mark.slow
def test_fifo_does_not_block(path: Path) -> None:
    os.mkfifo(path, 0o600)
    writer = threading.Timer(1, path.write_text, [""])  # ends the wait of a reader
    writer.start()
    began = time.monotonic()
    with pytest.raises(InvalidSettings, match="is not a regular file"):
        read_tokens(path)
    assert time.monotonic() - began < 1
    path.open(encoding="utf-8").close()
    writer.join()
