"""What the documents say is true: every command runs, every answer is the server's."""

import re
import subprocess
from pathlib import Path

import pytest
from click import Group
from flask.testing import FlaskClient

from api.service.examples import EXAMPLES as EXAMPLE_PAGE
from schemas import RECORDS
from schemas.version import VERSION
from seed.__main__ import seed
from seed.settings import SettingsSchema
from tests.conftest import ROOT

README = (ROOT / "README.md").read_text()
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text()
EXAMPLES = re.findall(r"```sh\n(curl [^\n]+)\n```\n\n```text\n(.*?)\n```", README, re.DOTALL)
COMMANDS = re.findall(r"^python -m seed (\w+)", README + CONTRIBUTING, re.MULTILINE)

FAULTS = re.findall(
    r"\b(test|conformance) `(test_\w+)`(?: (`[^`]+`))?",
    (ROOT / "deploy" / "README.md").read_text().partition("### One machine")[2],
)
"""Where it stands what the table of faults and attacks tells of."""

TARGETS = {one or other for one, other in re.findall(r"^make (\w+)$|`make (\w+)`", README + CONTRIBUTING, re.MULTILINE)}


@pytest.mark.parametrize(("command", "answer"), EXAMPLES, ids=[command for command, _ in EXAMPLES])
def test_an_example_gives_the_answer_beneath_it(server: str, command: str, answer: str) -> None:
    asked = command.replace("http://127.0.0.1:8000", server).replace("curl ", "curl --silent --fail ", 1)
    told = subprocess.run(["bash", "-c", asked], capture_output=True, text=True, check=True).stdout
    assert told.replace("\r\n", "\n").replace(server, "http://127.0.0.1:8000").rstrip() == answer


@pytest.mark.parametrize(("question", "path"), EXAMPLE_PAGE, ids=[question for question, _ in EXAMPLE_PAGE])
def test_every_line_of_the_page_of_examples_is_answered(client: FlaskClient, question: str, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    assert not answer.text.startswith(('{\n  "data": []', "0 of 0"))
    assert f"# {question}\ncurl 'http://localhost{path}'" in client.get("/examples.txt").text


def test_there_are_ten_questions() -> None:
    assert len(EXAMPLES) >= 10


def test_every_command_is_there_and_every_one_is_told_of() -> None:
    assert isinstance(seed, Group)
    assert set(COMMANDS) == set(seed.commands)


@pytest.mark.parametrize("target", sorted(TARGETS))
def test_every_make_target_is_there(target: str) -> None:
    listed = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert f"  make {target} " in listed


def test_every_setting_is_told_of_with_its_default() -> None:
    for field in SettingsSchema().fields.values():
        default = field.metadata.get("default") or f"`{field.load_default}`"
        assert f"| `{field.data_key}` | {default} | {field.metadata['description']} |" in README


def test_every_file_that_is_named_is_there() -> None:
    for name in re.findall(r"`((?:seed|schemas|api|tests|\.ci)/[\w./-]+|[A-Z]+(?:\.md)?)`", README + CONTRIBUTING):
        if Path(name).suffix in (".py", ".md", "") and name not in ("schemas/agreement.py", "BUNDLE", "ARTICLE"):
            assert (ROOT / name).exists(), name


@pytest.mark.parametrize(("room", "file", "words"), FAULTS, ids=str)
def test_every_fault_that_is_told_of_is_tested(room: str, file: str, words: str) -> None:
    (path,) = [
        found
        for found in (ROOT / "tests").rglob(f"{file}.py")
        if ("conformance" in found.parts) == (room == "conformance")
    ]
    tests = re.findall(r"^def (test_\w+)", path.read_text(), re.MULTILINE)
    for word in words.strip("`").split(" or "):
        assert any(word in test for test in tests), (path, word)


def test_there_is_a_table_of_faults_and_one_of_attacks() -> None:
    assert len(FAULTS) > 40


def test_every_setting_of_the_deployment_is_one() -> None:
    named = set(re.findall(r"READOUT_\w+", (ROOT / "deploy" / "readout.env").read_text()))
    assert named <= {field.data_key for field in SettingsSchema().fields.values()}
    assert named >= {"READOUT_RATE_LIMIT", "READOUT_TRUSTED_PROXIES", "READOUT_REDIS_URL", "READOUT_ACCESS_LOG"}


def test_the_changelog_knows_the_version() -> None:
    project = (ROOT / "pyproject.toml").read_text()
    assert f'version = "{VERSION}"' in project
    assert "## [Unreleased]" in (ROOT / "CHANGELOG.md").read_text()


def test_every_type_that_the_readme_names_is_there() -> None:
    named = re.findall(r"^\| `/(\w+)` \| (?:an? |who|what|a party's)", README, re.MULTILINE)
    assert len(named) >= 7
    assert set(named) <= set(RECORDS)
