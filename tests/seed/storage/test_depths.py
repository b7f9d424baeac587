"""The depths of events: each is that of the longest path, found without trying all paths."""

import sqlite3
from contextlib import closing
from pathlib import Path
from random import Random

import pytest
from sqlite_utils import Database

from seed.storage.depths import LATER, MAX_DEPTH, STEP, create_depths
from seed.storage.dirty import CREATE_DIRTY
from tests.support.cpu_time import limit_cpu_time
from tests.support.small_bundles import base, load_bundles, on_account

ALL_PATHS = f"""
with recursive path(root, id, steps, depth) as (
    select distinct id, id, 0, 0 from dirty where type = 'events'
    union
    select root, l.event, steps + 1, depth + {STEP} from path
        join events_relations l on l.id = path.id and l.relation in {LATER}
        join events later on later.id = l.id join events earlier on earlier.id = l.event
    where (earlier.day = later.day or earlier.starts = '') and steps < {MAX_DEPTH}
)
select root, max(depth) from path group by root order by root
"""
"""SELECT of the depths from every path of every marked event."""


@pytest.mark.parametrize("seed", range(20))
def test_depth_is_that_of_the_longest_path(seed: int) -> None:
    """Of random events, also of some that lead back to themselves."""
    random = Random(seed)  # noqa: S311 - test data
    ids = [f"event-{number}" for number in range(random.randint(2, 30))]
    relations = ["follows", "comments_on", "response_to", "part_of"]
    with closing(sqlite3.connect(":memory:")) as connection:
        db = Database(connection)
        db.execute("create table events (id text primary key, day text, starts text, status text)")
        db.execute("create table events_relations (id text, event text, relation text)")
        db.execute(CREATE_DIRTY)
        for id in ids:
            day, start, status = random.choice("112"), random.choice(["", None, None]), random.choice(["alleged", ""])
            db.execute("insert into events values (?, ?, ?, ?)", [id, day, start, status])
            if random.random() < 0.7:
                db.execute("insert into dirty values ('events', ?)", [id])
        for _ in range(random.randint(0, 2 * len(ids))):
            row = [random.choice(ids), random.choice(ids), random.choice(relations)]
            db.execute("insert into events_relations values (?, ?, ?)", row)
        create_depths(db)
        assert db.execute("select * from depths order by id").fetchall() == db.execute(ALL_PATHS).fetchall()


def test_many_paths_take_little_time(tmp_path: Path) -> None:
    """Each of 38 events of one day follows all earlier ones and comments on them, and every second one is alleged."""
    alleged = {"status": "alleged", **on_account("putin")}
    events = [
        {
            "id": f"event-{number}",
            "date": "2025-03-18",
            "date_basis": "stated",
            **(alleged if number % 2 else {}),
            "relations": [
                {"event": f"event-{earlier}", "relation": relation}
                for earlier in range(number)
                for relation in ("follows", "comments_on")
            ],
        }
        for number in range(38)
    ]
    with limit_cpu_time(1.5):
        client = load_bundles(tmp_path / "readout.db", base(events=events))
    timeline = client.get("/timeline").get_json()["data"]
    shown = [entry["id"] for entry in timeline if entry["type"] == "events"]
    assert shown[:MAX_DEPTH] == [f"events/event-{number}" for number in range(MAX_DEPTH)]
