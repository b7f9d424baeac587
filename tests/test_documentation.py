"""The documents are true: every command runs, every example gives the output shown, every name exists."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from click import Group
from flask.testing import FlaskClient
from marshmallow import fields

from api.service.examples import EXAMPLES, Example
from deploy.litestream_follower import DEFAULT_INTERVAL
from schemas import RECORDS
from schemas.version import VERSION
from seed.cli import cli
from seed.settings import SettingsSchema
from tests.support import ROOT
from tests.support.doc_examples import BASE, DOCUMENTS, DocExample, find_examples, run_example
from tests.support.server import GunicornServer

TEXTS = {
    path.relative_to(ROOT).as_posix(): path.read_text()
    for path in (
        *DOCUMENTS,
        *(ROOT / name for name in ("CONTRIBUTING.md", "SECURITY.md", "deploy/README.md", "seed/CODEBOOK.md")),
    )
}
README, CONTRIBUTING = TEXTS["README.md"], TEXTS["CONTRIBUTING.md"]
EVERYTHING = "\n".join(TEXTS.values())
DOC_EXAMPLES = find_examples()
MAX_README_LINES = 170
LINK = re.compile(r"\]\((?!https?://|#)([^)#\s]+)")
FAILURE_ROWS = re.findall(
    r"\b(test|conformance) `(test_\w+)`(?: (`[^`]+`))?",
    TEXTS["deploy/README.md"].partition("### One machine")[2],
)
"""The tests that the table of failures and attacks names."""


@pytest.mark.parametrize("example", DOC_EXAMPLES, ids=[f"{one.document}: {one.command}" for one in DOC_EXAMPLES])
def test_example_gives_the_output_shown(server: str, example: DocExample) -> None:
    """If this fails after a change on purpose, run: python -m tests.support.doc_examples."""
    assert run_example(example.command, server) == example.output


def test_readme_is_short_and_has_examples() -> None:
    assert len(README.splitlines()) <= MAX_README_LINES
    assert len([one for one in DOC_EXAMPLES if one.document == "README.md"]) >= 5


@pytest.mark.parametrize("example", EXAMPLES, ids=[example.question for example in EXAMPLES])
def test_every_entry_of_the_examples_page_has_an_answer(client: FlaskClient, example: Example) -> None:
    response = client.get(example.path)
    assert response.status_code == 200, response.text
    assert not response.text.startswith(('{\n  "data": []', "0 of 0"))
    assert f"# {example.question}\ncurl 'http://localhost{example.path}'" in client.get("/examples.txt").text


def test_every_seed_command_is_documented_and_exists() -> None:
    assert isinstance(cli, Group)
    assert set(re.findall(r"^python -m seed (\w+)", EVERYTHING, re.MULTILINE)) == set(cli.commands)


def test_every_command_with_json_is_documented() -> None:
    assert isinstance(cli, Group)
    table = TEXTS["docs/operations.md"].partition("## Commands in scripts")[2].partition("\n## ")[0]
    cells = re.findall(r"^\| (`[^|]+) \|", table, re.MULTILINE)
    with_json = {name for name, command in cli.commands.items() if "is_json" in {one.name for one in command.params}}
    assert set(re.findall(r"`(\w+)`", " ".join(cells))) == with_json


def test_every_make_target_named_exists() -> None:
    pairs = re.findall(r"^make ([\w-]+)|`make ([\w-]+)", EVERYTHING, re.MULTILINE)
    listed = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for target in {one or other for one, other in pairs}:
        assert f"  make {target} " in listed


@pytest.mark.parametrize("field", SettingsSchema().fields.values(), ids=lambda field: str(field.data_key))
def test_every_setting_is_documented_with_its_default(field: fields.Field[Any]) -> None:
    default = field.metadata.get("default") or f"`{field.load_default}`"
    assert f"| `{field.data_key}` | {default} | {field.metadata['description']} |" in TEXTS["docs/operations.md"]


@pytest.mark.parametrize("name", TEXTS)
def test_every_relative_link_leads_to_a_file(name: str) -> None:
    for target in LINK.findall(TEXTS[name]):
        assert ((ROOT / name).parent / target).exists(), target


@pytest.mark.parametrize("name", TEXTS)
def test_every_file_named_exists(name: str) -> None:
    for path in re.findall(r"`((?:seed|schemas|api|tests|bench|deploy|docs|\.ci)/[\w./-]+)`", TEXTS[name]):
        if "NAME" not in path and path not in ("schemas/agreement.py", "deploy/load"):
            assert (ROOT / path).exists(), path


def test_every_record_type_is_in_the_readme() -> None:
    assert {f"`/{plural}`" for plural in RECORDS} <= set(re.findall(r"`/\w+`", README))


@pytest.mark.parametrize(("suite", "file", "words"), FAILURE_ROWS, ids=str)
def test_every_failure_in_the_table_has_a_test(suite: str, file: str, words: str) -> None:
    files = (ROOT / "tests").rglob(f"{file}.py")
    (path,) = [path for path in files if ("conformance" in path.parts) == (suite == "conformance")]
    tests = re.findall(r"^def (test_\w+)", path.read_text(), re.MULTILINE)
    for word in words.strip("`").split(" or "):
        assert any(word in test for test in tests), (path, word)


def test_the_table_of_failures_is_there() -> None:
    assert len(FAILURE_ROWS) > 40


def test_every_variable_of_the_deployment_is_a_setting() -> None:
    variables = set(re.findall(r"READOUT_\w+", (ROOT / "deploy" / "readout.env").read_text()))
    assert variables <= {field.data_key for field in SettingsSchema().fields.values()}
    assert variables >= {"READOUT_RATE_LIMIT", "READOUT_TRUSTED_PROXIES", "READOUT_REDIS_URL", "READOUT_ACCESS_LOG"}


def test_variables_of_the_deployment_show_their_defaults() -> None:
    shown = dict(re.findall(r"^# ([A-Z_]+)=(.*)", (ROOT / "deploy" / "readout.env").read_text(), re.MULTILINE))
    defaults = dict(re.findall(r"\$\{([A-Z_]+):-(.*?)\}", (ROOT / "deploy" / "acknowledge").read_text()))
    assert defaults == {name: shown[name] for name in defaults}
    assert shown["FOLLOW_INTERVAL"] == DEFAULT_INTERVAL


def test_clean_removes_what_the_other_commands_create(tmp_path: Path) -> None:
    shutil.copy(ROOT / "Makefile", tmp_path)
    created = (".venv", "bench/data", "api/__pycache__", ".hypothesis", ".mypy_cache", ".pytest_cache", ".ruff_cache")
    for name in created:
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "readout.db").touch()
    subprocess.run(["make", "--silent", "clean"], cwd=tmp_path, check=True)
    assert sorted(each.name for each in tmp_path.rglob("*")) == ["Makefile", "api", "bench"]


def test_hooks_of_git_run_the_tools_of_lint() -> None:
    (repository,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    tools = {hook["entry"].removesuffix(" --force-exclude") for hook in repository["hooks"]}
    lint = (ROOT / "Makefile").read_text().partition("\nlint:")[2].partition("\n\n")[0]
    assert {f".venv/bin/{tool}" for tool in re.findall(r"\$\(BIN\)/(mypy|ruff \w+)", lint)} <= tools


def test_changelog_has_the_version() -> None:
    assert f"## [{VERSION}]" in (ROOT / "CHANGELOG.md").read_text()


def test_glossary_has_forty_terms() -> None:
    glossary = CONTRIBUTING.partition("## Glossary")[2].partition("\n## ")[0]
    assert len(re.findall(r"^\| \*\*", glossary, re.MULTILINE)) >= 40


@pytest.mark.slow
def test_a_record_is_written_by_curl_as_shown(database: Path, tmp_path: Path) -> None:
    blocks = re.findall(r"```sh\n(.*?)```", TEXTS["docs/data.md"].partition("### Over HTTP")[2], re.DOTALL)
    own = Path(shutil.copy(database, tmp_path / "readout.db"))
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}

    def run_block(block: str) -> str:
        command = ["bash", "-euo", "pipefail", "-c", block]
        return subprocess.run(
            command, cwd=tmp_path, env=environment, text=True, check=True, stdout=subprocess.PIPE
        ).stdout

    run_block(blocks[0])
    with GunicornServer(own, READOUT_TOKENS=str(tmp_path / "tokens")) as (url, _):
        output = run_block(blocks[1].replace(BASE, url))
        dry_run, history = ["delete"], ["create", "delete", "create"]  # renamed, withdrawn, brought back
        changes = ["create", "update", "delete", "create", "create", "delete", "delete", "create", "update"]
        assert re.findall(r'"action": "(\w+)"', output) == [*dry_run, *history, *changes]
        assert re.findall(r'"removal": "(\w+)"', output) == ["renamed", "withdrawn", "renamed", "merged", "withdrawn"]
        assert "Use 'is-odesa-included'." in output
        assert '"The White House"' in run_block(f"curl -s {url}/parties/white-house")
