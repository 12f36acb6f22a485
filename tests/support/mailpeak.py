"""Reads the mails of one talk in a process of its own, and says how much memory that took, where the system tells it.

`python -m tests.support.mailpeak PORT TAG` prints a JSON object: the mails' texts and problems, and what the process held at
most before and after, in MiB.
"""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path

from agent.runtime.mailbox import read_answer
from negotiators.channels.email.imapbox import ImapBox
from negotiators.channels.email.settings import MailSettings, Server, Tls
from negotiators.wire import AddressRules
from tests.support.imapd import PASSWORD, USER


def peak() -> int:
    """The most this process has held so far, in MiB (Linux); 0 elsewhere."""
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.is_file() else []
    return next((int(line.split()[1]) // 1024 for line in lines if line.startswith("VmHWM")), 0)


def main(port: int, tag: str) -> None:
    server = Server("127.0.0.1", port, Tls.NONE)
    box = ImapBox(MailSettings(USER, server, server, USER), AddressRules(allow_loopback=True))
    before = peak()
    found, _ = box.find(PASSWORD, tag, date(2026, 11, 20), [])
    read = [{"text": (mail := read_answer(one.raw)).text, "problems": mail.problems, "cut": one.cut} for one in found]
    print(json.dumps({"mails": read, "before": before, "peak": peak()}))


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
