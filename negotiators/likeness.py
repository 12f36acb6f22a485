"""Names and hosts that look like others: what a spoofed company would be taken for. Pure.

`skeleton` follows Unicode's confusables (UTS 39) with that standard's data from `confusable_homoglyphs`, and adds what
people miss as well: digits for letters, `rn` for `m`, accents, invisible characters, spaces and hyphens. Two names that
are spelled differently and have one skeleton look alike.
"""

from __future__ import annotations

import unicodedata
from functools import cache, lru_cache
from ipaddress import ip_address

from negotiators.text import REMOVED

_DIGITS = str.maketrans({"0": "o", "1": "l", "3": "e", "5": "s", "|": "l", "!": "l", "i": "l", "j": "l"})
_PAIRS = (("rn", "m"), ("vv", "w"), ("ii", "u"))
_DROPPED = {REMOVED, " ", "-", "_", "'", "’", "\u00a0"}


@lru_cache(4096)
def skeleton(text: str) -> str:
    """What a hurried eye reads. Equal for texts that look alike; not for showing."""
    seen = (char for char in unicodedata.normalize("NFKD", text) if unicodedata.category(char) not in _UNSEEN)
    read = "".join(_latin(char).casefold() for char in seen if char not in _DROPPED).translate(_DIGITS)
    for pair, one in _PAIRS:
        read = read.replace(pair, one)
    return read


_UNSEEN = {"Mn", "Me", "Cf", "Cc", "Cs", "Co", "Cn"}


def _latin(char: str) -> str:
    """The Latin letter a character looks like; capitals and small letters look like different ones."""
    if char.isascii():
        return char
    return _table().get(char) or _table().get(char.casefold(), char)


@cache
def _table() -> dict[str, str]:
    """Each character that UTS 39 calls confusable with a Latin letter or digit, by that one. A megabyte of JSON is read
    for it, so only when a name is not plain ASCII."""
    from confusable_homoglyphs.confusables import confusables_data

    found = {}
    for char, alike in confusables_data.items():
        if len(char) == 1 and not char.isascii():
            ours = next((one["c"] for one in alike if one["c"].isascii() and one["c"].isalnum()), None)
            if ours is not None:
                found[char] = ours.casefold()
    return found


def shown_host(host: str) -> str:
    """A host as its owner wants it seen: punycode decoded."""
    if "xn--" not in host:
        return host
    import idna

    try:
        return str(idna.decode(host))
    except idna.IDNAError:
        return host


def hosts_alike(host: str, known: str) -> bool:
    """Whether `host` could be taken for the other host `known`: a look-alike spelling, or the known name in front of
    somebody else's domain."""
    if host == known or _literal(host) or _literal(known):
        return False
    one, other = shown_host(host), shown_host(known)
    in_front = (f"{other}.", f"{other.replace('.', '-')}.")
    return skeleton(one) == skeleton(other) or one.startswith(in_front)


def names_alike(name: str, known: str) -> bool:
    """Whether a name could be taken for the known one: any spelling with the same skeleton, the same spelling too."""
    return bool(skeleton(known)) and skeleton(name) == skeleton(known)


def _literal(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return host == "localhost"
    return True
