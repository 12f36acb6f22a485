"""Opens the terminal UI: the only module of the command line that imports Textual, and only when called."""

from __future__ import annotations

import os
import signal
import tempfile
from contextlib import suppress
from pathlib import Path

from tui.cli.session import Session
from tui.house import LocalHouse


def open_app(session: Session) -> int:
    """The UI over the session's home."""
    from tui.app import GegenbotApp

    app = GegenbotApp(session.house, session.words)
    code = app.run()
    if app.next_step == "demo":
        return open_demo(session, 7)
    return code if code is not None else app.return_code or 0


def open_demo(session: Session, seed: int) -> int:
    """The UI over a throw-away home in which a child process runs the simulated market."""
    with tempfile.TemporaryDirectory(prefix="gegenbot-demo-") as folder:
        house = LocalHouse(Path(folder))
        child = house.start_demo(seed)
        try:
            from tui.app import GegenbotApp

            code = GegenbotApp(house, session.words, simulated=True).run()
        finally:
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGTERM)
    session.lines([session.words.t("demo.over")])
    return code or 0
