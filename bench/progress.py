"""Progress of a run on stderr: what is measured now, and about how much time is left."""

import time
from collections.abc import Sequence

import click

MINUTE = 60
SECONDS = {
    "load": 350,
    "cached": 200,
    "changes": 70,
    "uncached": 120,
    "workers": 1,
    "growth": 15,
    "cursor": 10,
    "filter": 30,
    "search": 60,
    "export": 40,
    "memory": 30,
    "start": 30,
    "nodes": 60,
}
"""Seconds that each group of goals takes in a full run on two cores."""


class Progress:
    """Groups of goals that are measured one after the other."""

    def __init__(self, groups: Sequence[str]) -> None:
        self.groups, self.began = groups, time.monotonic()

    def start(self, group: str) -> None:
        """Report that a group starts now."""
        took = (time.monotonic() - self.began) / MINUTE
        left = sum(SECONDS[each] for each in self.groups[self.groups.index(group) :]) / MINUTE
        number = f"{self.groups.index(group) + 1} of {len(self.groups)}"
        click.echo(f"Measuring {group} ({number}): {took:.0f} min so far, about {left:.0f} min left at most", err=True)
