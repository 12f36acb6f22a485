"""The settings people change from the screen or a command, written into `config.toml` line by line.

Comments and everything else in the file stay as they are; the whole file is read back strictly before it replaces the
old one, so that a wrong value changes nothing.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from agent.kernel.errors import ConfigInvalid
from agent.runtime.config import load_config
from agent.runtime.paths import Home


def _texts(value: str) -> str:
    """`18:00, 07:30` as a TOML list of texts."""
    return "[" + ", ".join(f'"{_clock(one)}"' for one in value.replace(",", " ").split()) + "]"


def _clock(text: str) -> str:
    """`7`, `7:30` and `07:30` as `07:30`; anything else is left to the strict reader."""
    found = re.fullmatch(r"(\d{1,2})(?:[:.](\d{2}))?", text)
    return f"{int(found[1]):02}:{found[2] or '00'}" if found else text


def _span(value: str) -> str:
    """`22-7` as `"22:00-07:00"`."""
    return f'"{"-".join(_clock(one.strip()) for one in value.split("-"))}"' if value.strip() else '""'


def _number(value: str) -> str:
    return value.strip() if value.strip().isdecimal() else f'"{value.strip()}"'


def _flag(value: str) -> str:
    return {"yes": "true", "no": "false"}.get(value, f'"{value}"')


def _text(value: str) -> str:
    return '"' + value.strip().replace("\\", "").replace('"', "") + '"'


_KEYS: Mapping[str, Callable[[str], str]] = {
    "language": _text,
    "zone": _text,
    "digest.hours": _texts,
    "digest.decisions": _number,
    "digest.notes": _number,
    "notify.how": _text,
    "notify.quiet": _span,
    "negotiation.window_hours": _number,
    "negotiation.allow_loopback": _flag,
}
"""What can be changed here, and how its value is written."""


def shown(root: Path) -> Mapping[str, str]:
    """Every setting of `_KEYS` as people write it. Raises `ConfigInvalid`."""
    config = load_config(Home(root).config)
    found = {}
    for key in _KEYS:
        value: object = config
        for part in key.split("."):
            value = getattr(value, part)
        found[key] = _shown(value)
    return found


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(f"{one:%H:%M}" for one in value)
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def change(root: Path, key: str, value: str) -> None:
    """Write one setting. Raises `ConfigInvalid` (`unknown_key`, `bad_value`) and then leaves the file as it was."""
    if key not in _KEYS:
        raise ConfigInvalid("unknown_key", where=str(Home(root).config), key=key, nearest="")
    _change(root, {key: _KEYS[key](value)}, value)


def _change(root: Path, written: Mapping[str, str], said: str) -> None:
    """Write all of these or none; `said` is the person's word for an error."""
    path = Home(root).make().config
    before = path.read_text("utf-8") if path.exists() else ""
    load_config(path)  # what is wrong already is said before anything is added to it
    after = before
    for key, value in written.items():
        after = _with(after, *key.rpartition(".")[::2], value)
    fresh = path.with_suffix(".new")
    handle = os.open(fresh, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            out.write(after)
        try:
            load_config(fresh)
        except ConfigInvalid as err:
            raise ConfigInvalid("bad_setting", key=next(iter(written)), value=said[:40]) from err
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


def set_interrupts(root: Path, sentences: Sequence[str]) -> None:
    """Write the sentences about mail that may interrupt. Raises `ConfigInvalid`."""
    _change(root, {"notify.interrupts": _list(sentences)}, ", ".join(sentences))


def set_agreement(root: Path, agreement: str, also: Sequence[str]) -> None:
    """Write which agreement on data is proffered, and which others will do. Raises `ConfigInvalid`."""
    written = {"privacy.agreement": _text(agreement), "privacy.also": _list(also)}
    _change(root, written, ", ".join((agreement, *also)))


def _list(texts: Sequence[str]) -> str:
    return "[" + ", ".join(_text(one) for one in texts) + "]"


def _with(text: str, section: str, name: str, value: str) -> str:
    """The file with `name = value` in its section: in place of the old line, else at the section's end."""
    lines, at, here = text.splitlines(), None, ""
    for number, line in enumerate(lines):
        if found := re.match(r"\s*\[([^\]]+)\]", line):
            here = found[1].strip()
        if here == section:
            if re.match(rf"\s*{re.escape(name)}\s*=", line):
                note = re.search(r"\s+#.*$", line)
                lines[number] = f"{name} = {value}{note[0] if note else ''}"
                return "\n".join(lines) + "\n"
            if line.strip():
                at = number + 1
    if at is None:
        top = [f"{name} = {value}"]
        lines = [*top, *lines] if not section else [*lines, *([""] if lines else []), f"[{section}]", *top]
    else:
        lines.insert(at, f"{name} = {value}")
    return "\n".join(lines) + "\n"
