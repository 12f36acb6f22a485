"""Which way a value is meant where a person says what they want: at least, at most, not, or just that."""

from __future__ import annotations

import re
from typing import Literal

from agent.language.mentions import Mention
from agent.language.segments import Segment, nominal_negation_before, verbal_negation

_W, _X = r"(?<![^\W\d_])", r"(?![^\W\d_])"
_MINIMUM = re.compile(
    rf"{_W}(?:at least|a minimum of|minimum of|min\.?|no less than|not less than|more than|over|from|mindestens|"
    rf"minimum|wenigstens|nicht weniger als|mehr als|über|ab){_X}\s*(?:\w+\s){{0,1}}$",
    re.I,
)
_OWN = r"(?!\s+(?:\w+\s+)?(?:EUR|CHF|USD|GBP|€|\$|£)?\s*\d)"
"""After a word of comparison: no number follows that it speaks of instead ("20 GB at most 20 EUR")."""

_MINIMUM_AFTER = re.compile(
    rf"^\s*(?:{_W}(?:or more|and more|and up|or higher|plus|oder mehr|und mehr|aufwärts|"
    rf"(?:minimum|at least|mindestens){_X}{_OWN}){_X}|\+)",
    re.I,
)
_MAXIMUM = re.compile(
    rf"{_W}(?:budget(?:\s+(?:of|von|ist|is))?:?|at most|at the most|no more than|not more than|maximum of|maximum|max\.?|up to|under|below|less than|"
    rf"cheaper than|not over|within|until|only|höchstens|maximal|max|nicht mehr als|nicht über|bis zu|bis|unter|"
    rf"weniger als|nicht länger als|no longer than|not longer than|kürzer als|"
    rf"shorter than){_X}\s*(?:\w+\s){{0,1}}$",
    re.I,
)
_MAXIMUM_AFTER = re.compile(
    rf"^\s*(?:{_W}(?:(?:(?:per|a|im|pro)\s+(?:month|Monat|night|Nacht|year|Jahr)|mtl\.?|monthly|monatlich|contract|"
    rf"term|Vertrag|Laufzeit)\s+)?(?:or less|or cheaper|or fewer|"
    rf"tops|oder weniger|(?:at most|maximum|max\.?|höchstens|maximal){_X}{_OWN}){_X})",
    re.I,
)
_ROUGH = re.compile(rf"{_W}(?:about|around|roughly|approximately|circa|ca\.?|etwa|ungefähr|rund){_X}\s*$", re.I)


def direction(part: Segment, mention: Mention) -> Literal["min", "max", "want", "not"]:
    """How the words around a value bound it."""
    before, behind = part.text[: mention.start], part.text[mention.end :]
    negated = nominal_negation_before(part.text, mention.start) or verbal_negation(before)
    if negated and not _MAXIMUM.search(before) and not _MINIMUM.search(before):
        return "not"
    if _ROUGH.search(before):
        return "want"
    most, least = _MAXIMUM.search(before), _MINIMUM.search(before)
    if most or least:  # "no less than" holds "less than", "not more than" holds "more than": the longer one is meant
        return "max" if most and (not least or most.start() <= least.start()) else "min"
    if _MAXIMUM_AFTER.match(behind):
        return "max"
    return "min" if _MINIMUM_AFTER.match(behind) else "want"
