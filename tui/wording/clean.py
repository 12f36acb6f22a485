"""The last look at a text before it reaches a terminal.

What a counterpart wrote comes sanitised from the facade; names, labels and the person's own words come as they
are. Every string that is printed or drawn passes here, so that no escape or steering character can reach the
terminal even when a sanitiser further down fails.
"""

from __future__ import annotations

import re

# C0 and C1 controls, soft hyphen, zero-width and bidirectional steering, tags, variation selectors, surrogates,
# private use: the same set as the sanitiser of the house, as one expression because this runs on every line.
_UNSAFE = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202f"
    "\u2060-\u206f\u2800\u3164\ud800-\udfff\ue000-\uf8ff\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\U000e0000-\U000e0fff\U000f0000-\U0010ffff]+"
)
REMOVED = "\N{SYMBOL FOR SUBSTITUTE FORM TWO}"


def clean(text: str) -> str:
    """`text` with every run of steering characters replaced by one visible sign; line feeds stay."""
    return _UNSAFE.sub(REMOVED, text)


def one_line(text: str) -> str:
    """`clean`, and line feeds become spaces."""
    return clean(text).replace("\n", " ")
