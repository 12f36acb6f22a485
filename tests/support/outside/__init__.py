"""Third-party adapters of the tests, each a folder with a manifest, copied so that a test may change it."""

from __future__ import annotations

import shutil
from pathlib import Path

from negotiators.manifest import Manifest, write_hash


def outside(name: str, into: Path) -> Manifest:
    """A copy of a sample adapter with its hash written."""
    folder = into / name
    shutil.copytree(Path(__file__).parent / name, folder, ignore=shutil.ignore_patterns("__pycache__"))
    return write_hash(folder)
