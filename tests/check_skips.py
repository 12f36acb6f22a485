"""Fail when a test was skipped for a reason that `allowed_skips.toml` does not explain."""

import sys
import tomllib
import xml.etree.ElementTree as ElementTree
from pathlib import Path


def main(report: str) -> int:
    allowed = tomllib.loads(Path(__file__).with_name("allowed_skips.toml").read_text("utf-8")).get("skip", [])
    unexplained = []
    for case in ElementTree.parse(report).iter("testcase"):
        for skipped in case.iter("skipped"):
            name = f"{case.get('classname')}.{case.get('name')}"
            reason = skipped.get("message") or ""
            if not any(entry["test"] in name and entry["reason"] in reason for entry in allowed):
                unexplained.append(f"{name}: {reason}")
    for line in unexplained:
        print(f"skipped without an explanation: {line}")
    return 1 if unexplained else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
