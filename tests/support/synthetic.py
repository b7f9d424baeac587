"""Invented negotiations of any size, from the generator of the benchmark."""

from pathlib import Path

from bench.synthetic import main


def write_synthetic(path: Path, events: int) -> Path:
    """Write what `python -m bench.synthetic` writes, in this process."""
    main(["--events", str(events), str(path)], standalone_mode=False)
    return path
