"""Examples in the documents: a command in a `sh` block, followed by its output in a `text` block.

`python -m tests.support.doc_examples` runs every command against a fresh server and rewrites the outputs.
"""

import re
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from seed.bundles import SEED, load
from tests.support import ROOT
from tests.support.server import GunicornServer

DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
EXAMPLE = re.compile(r"```sh\n(curl [^\n]+)\n```\n\n```text\n(.*?)```", re.DOTALL)
BASE = "http://127.0.0.1:8000"
"""The address of `make serve`, which the documents use."""


class DocExample(NamedTuple):
    """A command and the output that the document shows for it."""

    document: str
    command: str
    output: str


def find_examples() -> list[DocExample]:
    """Return the examples of all documents."""
    return [
        DocExample(path.name, command, output.rstrip())
        for path in DOCUMENTS
        for command, output in EXAMPLE.findall(path.read_text())
    ]


def code_blocks(document: str, heading: str, language: str) -> list[str]:
    """Return the code blocks of a language in a section of a document, without the sections under it."""
    text = (ROOT / document).read_text()
    section = text.partition(f"\n{heading}\n")[2].partition("\n#")[0]
    return re.findall(rf"```{language}\n(.*?)```", section, re.DOTALL)


def run_example(command: str, server: str) -> str:
    """Run a command against a server and return its output as the documents show it."""
    here = command.replace(BASE, server).replace("curl ", "curl --silent ", 1)
    output = subprocess.run(["bash", "-c", here], capture_output=True, text=True, check=True).stdout
    lines = output.replace("\r\n", "\n").replace(server, BASE).splitlines()
    return "\n".join(line.rstrip() for line in lines).rstrip()


def rewrite_outputs(path: Path, server: str) -> None:
    """Replace the outputs in one document with what the server answers."""

    def replacement(match: re.Match[str]) -> str:
        return f"```sh\n{match[1]}\n```\n\n```text\n{run_example(match[1], server)}\n```"

    path.write_text(EXAMPLE.sub(replacement, path.read_text()))


if __name__ == "__main__":
    with TemporaryDirectory() as folder:
        database = Path(folder, "readout.db")
        load([SEED / "trump-putin-call.yaml"], database)
        with GunicornServer(database) as (address, _):
            for document in DOCUMENTS:
                rewrite_outputs(document, address)
