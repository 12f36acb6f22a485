"""The command line. `main` is the entry point; `gegenbot` without a verb opens the terminal UI."""

from __future__ import annotations

import sys


def main(argv: list[str] | None = None) -> None:
    """Run one command and leave with its exit code."""
    from tui.cli.root import run

    sys.exit(run(sys.argv[1:] if argv is None else argv))
