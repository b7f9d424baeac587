"""marshmallow's `load` alone, on parsed records: python -m bench.peers.marshmallow_load FILE EVERY.

Prints records per second, measured on one of EVERY records of the file.
"""

import json
import sys
import time
from itertools import islice
from pathlib import Path

from schemas import RECORDS

BATCH = 1000


def rate(path: Path, every: int) -> float:
    """Return records per second; only `load` is timed."""
    schemas = {plural: record() for plural, record in RECORDS.items()}
    number, seconds = 0, 0.0
    with path.open(encoding="utf-8") as file:
        lines = islice(file, 0, None, every)
        while batch := [json.loads(line) for line in islice(lines, BATCH)]:
            began = time.perf_counter()
            for line in batch:
                schemas[line["type"]].load(line["record"])
            seconds += time.perf_counter() - began
            number += len(batch)
    return number / seconds


if __name__ == "__main__":
    sys.stdout.write(f"{rate(Path(sys.argv[1]), int(sys.argv[2]))}\n")
