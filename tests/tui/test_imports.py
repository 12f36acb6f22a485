"""What a command may load: help only click, the digest as JSON only sqlite3 beside it, the screen only Textual."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOREIGN = """
import sys, json
sys.path.insert(0, {root!r})
before = set(sys.modules)
{body}
names = {{name.partition(".")[0] for name in set(sys.modules) - before}}
print("LOADED", json.dumps(sorted(names - set(sys.stdlib_module_names))))
print("MODULES", json.dumps(sorted(set(sys.modules) - before)))
"""


def loaded(body: str) -> tuple[set[str], set[str]]:
    """Top-level packages outside the standard library, and all modules, that `body` loads in a fresh interpreter."""
    import json

    source = FOREIGN.format(root=str(ROOT), body=body)
    out = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, timeout=60, check=True).stdout
    lines = {
        line.partition(" ")[0]: line.partition(" ")[2] for line in out.splitlines() if line[:6] in {"LOADED", "MODULE"}
    }
    return set(json.loads(lines["LOADED"])), set(json.loads(lines["MODULES"]))


def command(*argv: str) -> str:
    return f"from tui.cli.root import run\nrun({list(argv)!r})"


@pytest.mark.parametrize("argv", [("--help",), ("--lang", "de", "--help"), ("--version",), ("nonsense",)])
def test_help_loads_nothing_but_click(argv) -> None:
    packages, modules = loaded(command(*argv))
    assert packages <= {"click", "tui", "colorama"}
    assert not {
        name for name in modules if name.startswith(("tui.cli.look", "tui.cli.work", "tui.screens", "sqlite3"))
    } - {"sqlite3", "sqlite3.dbapi2"}


def test_the_digest_as_json_loads_only_the_facade_and_sqlite(tmp_path) -> None:
    body = (
        "from tests.tui.fake_home import FakeHouse\nfrom tui import house\n"
        "house.open_house = lambda home: FakeHouse()\n" + command("digest", "--json")
    )
    packages, modules = loaded(body)
    assert packages <= {"click", "tui", "agent", "tests", "colorama"}
    assert not {name for name in modules if name.startswith(("tui.cli.plain", "tui.screens", "tui.widgets", "tui.app"))}


def test_the_command_line_never_loads_textual_by_itself() -> None:
    verbs = "".join(
        f"import tui.cli.{name}\n" for name in ("root", "look", "decide", "work", "keep", "plain", "screen")
    )
    packages, _ = loaded(verbs)
    assert "textual" not in packages
    assert "rich" not in packages


def test_the_first_frame_loads_only_textual_and_the_views() -> None:
    packages, modules = loaded("import tui.app")
    bare, _ = loaded("import textual.app, textual.widgets, textual.containers")
    assert packages - bare <= {"tui", "agent"}
    heavy = {"agent.runtime", "agent.market", "agent.kernel", "negotiators", "memory", "babel", "click"}
    assert not heavy & {".".join(name.split(".")[:2]) for name in modules} | heavy & packages
