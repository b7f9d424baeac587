"""The depths of events: how far down its day each stands, after those of that day to which it is a sequel."""

from sqlite_utils import Database

from schemas import Event

EVENTS = Event.plural
LATER = "('follows', 'readout_of', 'response_to', 'comments_on')"
"""The relations of an event to one that came before it."""
MAX_DEPTH = 20
"""The number of events of one day that are put in order by their relations."""
STEP = "1 + iif(l.relation = 'comments_on', 10, 0) + iif(earlier.status = 'alleged', 1000, 0)"
"""How much further down its day an event stands than one that came before it.

What comments on an event stands after the official accounts of it, then what was not made at an event, then what is
only alleged. That is layout: the order is known only between an event and those that it came after.
"""
EARLIER = f"""
join events_relations l on l.id = reached.id and l.relation in {LATER}
join events later on later.id = l.id join events earlier on earlier.id = l.event
and (earlier.day = later.day or earlier.starts = '')
"""
"""The relations of an event that was reached to events of its day that came before it."""
CREATE_STEPS = "create temp table steps (id text, event text, depth integer, primary key (event, id)) without rowid"
"""The temporary table of the relations to follow: from an event to one before it, and how much further down it is."""
INSERT_STEPS = f"""
with recursive reached(id) as (
    select distinct id from events_relations where relation in {LATER} and id in (
        select id from dirty where type = '{EVENTS}'
    )
    union select l.event from reached {EARLIER}
)
insert into steps select l.id, l.event, max({STEP}) from reached {EARLIER} group by l.event, l.id
"""
CREATE_PATHS = "create temp table paths (steps integer, id text, depth integer, primary key (steps, id)) without rowid"
"""The temporary table of the depth of the longest path from an event with each number of steps.

Why not one query of all paths: events that each follow all earlier ones have more paths than can be counted.
"""
START_PATHS = "insert into paths select distinct 0, event, 0 from steps"
CONTINUE_PATHS = """
insert into paths select :steps, s.id, max(s.depth + p.depth)
from paths p join steps s on s.event = p.id where p.steps = :steps - 1 group by s.id
"""
CREATE_DEPTHS = f"""
create temp table depths as select dirty.id, coalesce(depth, 0) depth
from dirty left join (select id, max(depth) depth from paths group by id) p on p.id = dirty.id where type = '{EVENTS}'
"""
"""The temporary table with the depth of each marked event."""


def create_depths(db: Database) -> None:
    """Create the temporary table `depths` of the marked events."""
    db.execute(CREATE_STEPS)
    db.execute(INSERT_STEPS)
    db.execute(CREATE_PATHS)
    db.execute(START_PATHS)
    for steps in range(1, MAX_DEPTH + 1):
        if not db.execute(CONTINUE_PATHS, {"steps": steps}).rowcount:
            break
    db.execute(CREATE_DEPTHS)
    db.execute("drop table paths")
    db.execute("drop table steps")
