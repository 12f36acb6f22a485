"""Textual's driver for terminals, except that a lone Esc is known as soon as `ESCDELAY` has passed.

Textual's own looks for the end of that wait every tenth of a second only, which is felt at each way back.
"""

from __future__ import annotations

import os
import selectors
from codecs import getincrementaldecoder
from contextlib import suppress

from textual import constants
from textual._parser import ParseError
from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver

IDLE = 0.1
"""Seconds between two looks at whether to end, while nothing is typed."""


class QuickEscape(LinuxDriver):
    """Reads the terminal in a thread of its own, as `LinuxDriver` does."""

    def run_input_thread(self) -> None:
        """Wait for input and dispatch events; after input, look again when a lone Esc is due."""
        parser = XTermParser(self._debug)
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            decode = getincrementaldecoder("utf-8")().decode
            wait = IDLE
            while not self.exit_event.is_set():
                typed = bool(selector.select(wait))
                wait = constants.ESCAPE_DELAY if typed else IDLE
                if typed:
                    text = decode(os.read(self.fileno, 4096))
                    for event in parser.feed(text) if text else ():
                        self.process_message(event)
                    if not text:  # the other end is gone, and the signal that ends us is on its way: no wait for more,
                        break  # for as long as this thread runs, the process stays
                for event in parser.tick():
                    self.process_message(event)
        with suppress(EOFError, ParseError):
            for _ in parser.feed(""):
                pass
