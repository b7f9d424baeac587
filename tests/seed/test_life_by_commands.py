"""The whole life of a record by commands, with a server running: what the feed says, and a client with the old id."""

from pathlib import Path

import pytest

from tests.support.bundle_files import SECOND, run_module
from tests.support.server import GunicornServer, get_json

BY = ("--author", "A. Editor", "--reason")


class Editor:
    """Runs commands on the database of a server, and reads what the feed says of each."""

    def __init__(self, database: Path, url: str) -> None:
        self.database, self.url, self.revision = database, url, 1

    def run(self, *arguments: object) -> list[tuple[str, str, str | None, str | None]]:
        """Run a command; return action, id, removal and successor of each change, which all have its reason."""
        result = run_module("seed", *arguments, READOUT_DATABASE=str(self.database))
        assert result.returncode == 0, result.stderr
        _, feed = get_json(f"{self.url}/changes?since={self.revision}")
        self.revision = feed["meta"]["revision"]
        assert {(one["author"], one["reason"]) for one in feed["data"]} == {("A. Editor", arguments[-1])}
        return [(one["action"], one["id"], one["removal"], one["successor"]) for one in feed["data"]]

    def refused(self, *arguments: object) -> str:
        """Run a command that fails and changes nothing; return what it says."""
        result = run_module("seed", *arguments, READOUT_DATABASE=str(self.database))
        assert result.returncode == 1
        assert get_json(f"{self.url}/changes?since={self.revision}")[1]["data"] == []
        return result.stderr


@pytest.mark.slow
def test_life_of_a_record(own: Path, tmp_path: Path) -> None:
    with GunicornServer(own) as (url, _):
        editor = Editor(own, url)
        editor.run("load", SECOND, *BY, "A second report.")
        old = f"{url}/proposals/invented-pause"
        assert get_json(old)[0] == 200

        assert editor.run("rename", "proposals/invented-pause", "three-days", *BY, "Clearer.")[:2] == [
            ("delete", "invented-pause", "renamed", "three-days"),
            ("create", "three-days", None, None),
        ]
        status, gone = get_json(old)
        assert (status, gone["successor"], gone["reason"]) == (410, "three-days", "Clearer.")
        assert get_json(gone["links"]["successor"])[0] == 200
        assert "renamed to 'three-days'" in editor.refused("load", SECOND, *BY, "Again.")

        assert editor.run("merge", "proposals/three-days", "energy-strikes-halt", *BY, "The same.")[0] == (
            "delete",
            "three-days",
            "merged",
            "energy-strikes-halt",
        )
        assert get_json(old)[1]["successor"] == "energy-strikes-halt"
        assert get_json(f"{url}/positions/ukraine-rejects-invented-pause")[1]["proposal"] == "energy-strikes-halt"

        withdrawal = ("positions/ukraine-rejects-invented-pause", *BY, "Misread.")
        assert editor.run("withdraw", *withdrawal) == [("delete", withdrawal[0].split("/")[1], "withdrawn", None)]
        status, gone = get_json(f"{url}/{withdrawal[0]}")
        assert (status, gone["successor"], gone["removal"], gone["author"]) == (410, None, "withdrawn", "A. Editor")
        _, history = get_json(gone["links"]["history"])
        assert [one["action"] for one in history["data"]] == ["create", "update", "update", "delete"]

        withdrawn = editor.revision
        assert editor.run("undo", withdrawn, *BY, "It was not misread.")[0][:2] == (
            "create",
            gone["links"]["history"].split("/")[-2],
        )
        assert get_json(f"{url}/{withdrawal[0]}")[0] == 200
        assert "as they were before it" in editor.refused("undo", withdrawn, *BY, "Again.")
        editor.run("undo", withdrawn + 1, *BY, "It was.")
        assert get_json(f"{url}/{withdrawal[0]}")[0] == 410

        exported = run_module("seed", "export", tmp_path / "export", READOUT_DATABASE=str(own))
        assert exported.returncode == 0
        files = sorted((tmp_path / "export").glob("*.yaml"))
        assert run_module("seed", "load", *files, READOUT_DATABASE=str(own)).stdout.endswith("no changes\n")

        assert {one[2] for one in editor.run("withdraw", "sources/invented-article", *BY, "Retracted.")} == {
            "withdrawn"
        }
        assert get_json(f"{url}/sources/invented-article")[0] == 410
        assert get_json(f"{url}/statements/invented-refusal")[0] == 410
        assert "withdrawn" in editor.refused("load", SECOND, *BY, "Again.")
