"""Opens the terminal UI: the only module of the command line that imports Textual, and only when called."""

from __future__ import annotations

import os
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from tui.cli.session import Session
from tui.house import DemoHouse, House

if TYPE_CHECKING:
    from tui.app import GegenbotApp

ESCAPE_WAIT = "10"
"""Milliseconds after which a lone Esc is the key and not the start of a longer sequence. Textual waits 100, which is
felt at every way back; sequences arrive in one piece, over ssh too. The person's own `ESCDELAY` wins."""


def _app(session: Session, house: House, *, simulated: bool = False) -> GegenbotApp:
    """The app, with this process for itself."""
    os.environ.setdefault("ESCDELAY", ESCAPE_WAIT)
    from tui.app import GegenbotApp
    from tui.collector import Collector

    app = GegenbotApp(house, replace(session.words, zone=house.zone), simulated=simulated)
    app.collector = Collector()
    return app


def open_app(session: Session) -> int:
    """The UI over the session's home."""
    while True:
        app = _app(session, session.house)
        code = app.run()
        if app.next_step != "demo":
            return code if code is not None else app.return_code or 0
        if (left := open_demo(session, 7)) != 0:
            return left


def open_demo(session: Session, seed: int) -> int:
    """The UI over a throw-away home in which a child process runs the simulated market."""
    with tempfile.TemporaryDirectory(prefix="gegenbot-demo-", ignore_cleanup_errors=True) as folder:
        house = DemoHouse(Path(folder) / "demo", seed, session.words.language)
        try:
            code = _app(session, house, simulated=True).run()
        finally:
            house.end()
    session.lines([session.words.t("demo.over")])
    return code or 0
