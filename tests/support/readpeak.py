"""`python -m tests.support.readpeak PATH`: the records of `gegenbot read`, and what the process held at most, in MiB."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from agent.runtime.texts import read
from tests.support.mailpeak import peak

if __name__ == "__main__":
    mail = Path(sys.argv[1])
    records = list(read(mail.parent, [mail]))
    print(json.dumps({"records": records, "peak": peak()}))
