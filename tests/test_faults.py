"""What clients see when processes are killed, data is changed under load, the clock jumps, or descriptors run out."""

import json
import os
import signal
import sqlite3
import subprocess
from contextlib import closing, suppress
from itertools import count
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest

from seed.bundles import load
from tests.conftest import ROOT
from tests.load import Load, Said, asked_once, loaded, note, suffering, wait_until

PARTIES = 60


def numbered(folder: Path, number: int) -> Path:
    """A stream of a bundle in which every record says how often it has been loaded, as its revision does."""
    path = folder / "numbered.ndjson"
    paragraphs = {"paragraphs": 1, "sha256": "0" * 64, "paragraph_sha256": ["0" * 64]}
    source = {"id": "numbered", "kind": "news_article", "language": "en", **paragraphs}
    records: list[tuple[str, dict[str, Any]]] = [("sources", {**source, "date": "2025-03-18", "date_basis": "stated"})]
    cited = {"citations": [{"source": "numbered", "paragraph": 1}]}
    records += [("parties", {"id": f"party-{place}", "kind": "person", **cited}) for place in range(PARTIES)]
    for plural, record in records:
        record["title" if plural == "sources" else "name"] = f"Load {number}"
    path.write_text("".join(json.dumps({"type": plural, "record": record}) + "\n" for plural, record in records))
    return path


@pytest.fixture
def told(tmp_path: Path) -> Path:
    """A file of which every record says its revision."""
    path = tmp_path / "readout.db"
    load([numbered(tmp_path, 1)], path)
    return path


LISTS = ("/parties?limit=500&fields=name,revision", "/parties?limit=25&sort=-id&fields=name,revision")
ONE = tuple(f"/parties/party-{place}?fields=name,revision" for place in range(0, PARTIES, 7))
LINES = ("/parties.ndjson?fields=name,revision", "/export/readout.ndjson")
PATHS = (*LISTS, *ONE, *LINES)


def revision_of(said: Said) -> int:
    """The revision that everything in an answer is of: there must be only one."""
    if said.path in LINES:
        found = [json.loads(line) for line in said.body.splitlines()]
        assert len(found) >= PARTIES
    else:
        found = said.data.get("data", [said.data])
        found += [{"revision": said.data["meta"]["revision"]}] if "meta" in said.data else []
    named = {record.get("name") or record.get("title") for record in (one.get("record", one) for one in found)}
    (revision,) = {one["revision"] for one in found}
    assert named - {None} == {f"Load {revision}"}, said
    return int(revision)


def well_told(load: Load) -> set[int]:
    """The revisions that clients were told of, each answer being whole and of one."""
    assert load.statuses().keys() == {200}, load.told()
    return {revision_of(said) for said in load.said}


def test_the_file_is_replaced_and_loaded_into_under_load_and_nobody_notices(told: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    with suffering(told, tmp_path / "log") as (url, _), loaded(url, PATHS) as asked:
        ends = monotonic() + 8
        for number in count(2):
            if monotonic() > ends:
                break
            if number % 2:
                load([numbered(tmp_path, number)], told)
            else:
                with closing(sqlite3.connect(told)) as file, closing(sqlite3.connect(other)) as copy:
                    file.backup(copy)
                load([numbered(tmp_path, number)], other)
                other.replace(told)
            seen = monotonic()
            assert revision_of(asked_once(url, LISTS[0])) == number
            sleep(0.05 * (number % 5))
    seen_revisions = well_told(asked)
    assert len(seen_revisions) > 5
    note(f"{number - 1} loads, {len(seen_revisions)} revisions seen: {asked.told()}")
    assert seen


# Processes that are killed


def children(process: int) -> set[int]:
    """The processes that one has started, and that have not ended."""
    listed = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return {int(child) for child in listed}


def lives(process: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(process, 0)
        return "Z" not in Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    return False


needs_proc = pytest.mark.skipif(
    not Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").exists(),
    reason="only Linux tells a process's children",
)


@needs_proc
def test_a_worker_that_is_killed_takes_only_its_own_requests_with_it(told: Path, tmp_path: Path) -> None:
    clients = 8
    with suffering(told, tmp_path / "log") as (url, master), loaded(url, PATHS, clients) as asked:
        wait_until(lambda: len(children(master.pid)) == 2)
        for _ in range(3):
            wait_until(lambda: len(asked.said) > 100)
            victim, before = min(children(master.pid)), len(asked.failures())
            killed_at = monotonic()
            os.kill(victim, signal.SIGKILL)
            back = wait_until(lambda: len(children(master.pid) - {victim}) == 2)  # noqa: B023 - it is asked at once
            since = len(asked.said)
            wait_until(lambda: len(asked.said) > since + 200)  # noqa: B023
            lost = asked.failures()[before:]
            assert len(lost) <= clients
            assert all(said.at - killed_at < 5 for said in lost)
            note(f"{len(lost)} of {clients} clients lost a request, two workers again after {back:.2f} s")
    assert asked.statuses().keys() <= {200, None}
    assert {revision_of(said) for said in asked.said if said.status} == {1}
    note(asked.told())


@needs_proc
def test_the_workers_end_with_their_master_and_another_takes_its_place(told: Path, tmp_path: Path) -> None:
    server = suffering(told, tmp_path / "log")
    with server as (url, master), loaded(url, PATHS) as asked:
        wait_until(lambda: len(children(master.pid)) == 2)
        workers = children(master.pid)
        wait_until(lambda: len(asked.said) > 100)
        killed_at = monotonic()
        master.kill()
        master.wait()
        ended = wait_until(lambda: not any(map(lives, workers)), 60)
        free = monotonic() - killed_at
        server.process = subprocess.Popen(server.command, cwd=ROOT, env=server.environment, stderr=subprocess.DEVNULL)
        back = wait_until(lambda: asked.said[-1].status == 200 and asked.said[-1].at > killed_at + free, 20)
    assert asked.statuses().keys() <= {200, None}
    assert {revision_of(said) for said in asked.said if said.status} == {1}
    assert asked.said[-1].status == 200
    note(f"workers ended {ended:.2f} s after their master, the next answered {back:.2f} s later: {asked.told()}")
    assert ended < 10
