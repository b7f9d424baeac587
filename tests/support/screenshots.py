"""The pictures in the README: pages as Chromium shows them. `make screenshots` takes them again."""

import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from seed.bundles import SEED, load
from tests.support import ROOT
from tests.support.server import GunicornServer

PICTURES = {
    "matrix.png": ("/matrix?issue=energy-strikes,black-sea,general-ceasefire", 1180),
    "compare.png": ("/compare?accounts=kremlin,white-house&issue=black-sea", 900),
}
"""The page and the height in pixels of each picture, by file name under docs/."""
WIDTH = 1180
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars")


def take(url: str, file: Path, height: int) -> None:
    """Write the picture of a page."""
    window = (f"--window-size={WIDTH},{height}", f"--screenshot={file}")
    subprocess.run(["chromium", *FLAGS, *window, url], check=True, capture_output=True)


if __name__ == "__main__":
    with TemporaryDirectory() as folder:
        database = Path(folder, "readout.db")
        load([SEED / "trump-putin-call.yaml"], database)
        with GunicornServer(database) as (server, _):
            for name, (path, height) in PICTURES.items():
                take(server + path, ROOT / "docs" / name, height)
