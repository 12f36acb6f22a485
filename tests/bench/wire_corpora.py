"""The guard against the public corpora, which are not in this repository.

    python tests/bench/wire_corpora.py [FOLDER]      (or GEGENBOT_SECURITY_DATA)

JSONTestSuite: every `n_` file must be refused, every `y_` file accepted but for duplicate keys, which we refuse on
purpose. SSRF lists: every address that is not plainly public must be refused, without resolving anything: a fake
resolver answers with what the system's would for the spellings that need none, and a public address for names.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import time
from pathlib import Path

from negotiators.wire import AddressRules, NotStrictJson, WireError, pinned, strict_json, target_of

ON_PURPOSE = {"y_object_duplicated_key.json", "y_object_duplicated_key_and_value.json"}
PUBLIC = "93.184.216.34"


def resolve_without_network(host: str) -> list[str]:
    """What a resolver would say: numeric spellings as the C library reads them, names as a public address."""
    try:
        return [str(entry[4][0]) for entry in socket.getaddrinfo(host, 443, flags=socket.AI_NUMERICHOST)]
    except OSError:
        return ["127.0.0.1"] if host.endswith("localhost") else [PUBLIC]


def json_suite(folder: Path) -> int:
    wrong, slowest = [], 0.0
    files = sorted(folder.glob("*.json"))
    for path in files:
        started = time.perf_counter()
        try:
            strict_json(path.read_bytes())
            accepted = True
        except NotStrictJson:
            accepted = False
        slowest = max(slowest, time.perf_counter() - started)
        if accepted != (path.name.startswith("y_") and path.name not in ON_PURPOSE):
            wrong.append(path.name)
    print(f"JSONTestSuite: {len(files)} files, {len(wrong)} wrong {wrong}, slowest {slowest * 1000:.1f} ms")
    return len(wrong)


def addresses(folder: Path) -> int:
    urls = [entry["url"] for entry in json.loads((folder / "ssrf_urls.json").read_text("utf-8"))]
    urls += json.loads((folder / "cloud_metadata_urls.json").read_text("utf-8"))
    let_through = []
    for given in urls:
        # As given, and as https, so that the address and not the scheme is what refuses.
        for url in {given, "https" + given.removeprefix("https").removeprefix("http")}:
            try:
                target = target_of(url, AddressRules(ports=frozenset(range(1, 65536))))
                pinned(target, resolve_without_network(target.host), AddressRules())
                let_through.append(url)
            except WireError:
                pass
    print(f"SSRF: {len(urls)} addresses; let through (names, as public by the fake resolver): {len(let_through)}")
    for url in let_through:
        print(f"  {url!r}")
    return 0


def main() -> int:
    default = os.environ.get("GEGENBOT_SECURITY_DATA", "../shared/data/security")
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else default)
    if not folder.is_dir():
        print(f"`{folder}` is not there: nothing was measured. Name the folder or set GEGENBOT_SECURITY_DATA.")
        return 0
    return json_suite(folder / "JSONTestSuite" / "test_parsing") + addresses(folder / "ssrf")


if __name__ == "__main__":
    sys.exit(main())
