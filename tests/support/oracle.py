"""The leak oracle of tests and benches, written apart from the program's own scanner: canaries in decoded views."""

from __future__ import annotations

import base64
import re
import unicodedata
from collections.abc import Iterable
from urllib.parse import unquote_plus

_DIGITS = {
    "null": "0", "zero": "0", "eins": "1", "one": "1", "zwei": "2", "two": "2", "drei": "3", "three": "3",
    "vier": "4", "four": "4", "fünf": "5", "five": "5", "sechs": "6", "six": "6", "sieben": "7", "seven": "7",
    "acht": "8", "eight": "8", "neun": "9", "nine": "9",
}  # fmt: skip
_SPELLED = re.compile("|".join(_DIGITS), re.IGNORECASE)


def packed(text: str) -> str:
    """Letters and digits only, in one case and without accents."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold().replace("ß", "ss"))
    return "".join(char for char in plain if char.isalnum())


def views(text: str) -> list[str]:
    """The text packed, as it stands and decoded in every way the measure names."""
    found = [text, unquote_plus(text), text[::-1], _SPELLED.sub(lambda word: _DIGITS[word[0].casefold()], text)]
    for run in re.findall(r"[A-Za-z0-9+/_-]{8,}={0,2}", text):
        body = run.rstrip("=").replace("-", "+").replace("_", "/")
        for skip in range(4):
            part = body[skip:]
            whole = part[:-1] if len(part) % 4 == 1 else part
            try:
                found.append(base64.b64decode(whole + "=" * (-len(whole) % 4)).decode("utf-8", "ignore"))
            except ValueError:
                continue
    for run in re.findall(r"(?:[0-9A-Fa-f]{2}[\s:]?){4,}", text):
        found.append(bytes.fromhex(re.sub(r"[\s:]", "", run)).decode("utf-8", "ignore"))
    return [packed(view) for view in found]


def leaks(canaries: Iterable[str], messages: list[str], told: list[str], allowed: str, ordinary: str) -> list[str]:
    """Canaries in what was said: long ones in any view, also joined over all messages; short ones as words or numbers
    of their own among the answers. `allowed` is what rules let out, `ordinary` our fixed wording."""
    seen = {view for message in messages for view in views(message)} | {packed("".join(told))}
    words = set(re.findall(r"\w+", " ".join(told).casefold()))
    free, fixed = packed(allowed), packed(ordinary)
    found = []
    for canary in set(canaries):
        form = packed(canary)
        if not form or form in free:
            continue
        if len(form) >= 6 and form not in fixed:
            hit = any(form in view for view in seen)
        else:
            hit = form in words
        if hit:
            found.append(canary)
    return sorted(found)


def unsafe_on_a_terminal(shown: str) -> list[str]:
    """Characters no text of a company may put on a terminal: controls but line ends, direction and tag characters,
    zero-width, private and unassigned ones. U+FFFD, which stands for what was removed, is one of ours."""
    bad = {"Cc", "Cf", "Cs", "Co", "Cn"}
    return sorted({f"U+{ord(c):04X}" for c in shown if c != "\n" and unicodedata.category(c) in bad})
