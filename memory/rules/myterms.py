"""The roster of MyTerms agreements (IEEE 7012-2025) a person may proffer, and which of them holds more than another.

Names and meanings follow W3C's DPV extension `https://w3id.org/dpv/standards/ieee/7012`: every agreement asks for the
service and no more; letters name what a company may do besides: A analytics, T tracking, P profiling, S3P anonymised
data to others. DP obliges it to hand the person's data over on request. Personal data contributions (`PDC-...`) are
gifts, not conditions, and are not on the roster.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

STANDARD = "https://w3id.org/dpv/standards/ieee/7012#"

DEFAULT = "SD-BASE-DP"
"""What is proffered unless the person chose another: the strictest of the roster."""

SPELLING = r"sd-base(?:-a|-at|-atp|-atp-s3p)?(?:-dp)?"


class Use(StrEnum):
    """What a company may do with the data besides delivering the service."""

    ANALYTICS = "analytics"
    TRACKING = "tracking"
    PROFILING = "profiling"
    SHARING = "sharing"  # anonymised, with third parties


@dataclass(frozen=True, slots=True)
class MyTerms:
    """One agreement of the roster: the uses it lets the company have, and whether it owes portability."""

    id: str
    uses: frozenset[Use]
    portable: bool

    @property
    def iri(self) -> str:
        return STANDARD + self.id


_USES = {
    "": (),
    "-A": (Use.ANALYTICS,),
    "-AT": (Use.ANALYTICS, Use.TRACKING),
    "-ATP": (Use.ANALYTICS, Use.TRACKING, Use.PROFILING),
    "-ATP-S3P": (Use.ANALYTICS, Use.TRACKING, Use.PROFILING, Use.SHARING),
}

ROSTER: Mapping[str, MyTerms] = {
    name: MyTerms(name, frozenset(uses), portable)
    for letters, uses in _USES.items()
    for name, portable in ((f"SD-BASE{letters}", False), (f"SD-BASE{letters}-DP", True))
}


def holds(in_force: str | None, wanted: str) -> bool:
    """Whether the agreement in force protects at least as much as the one wanted. What the roster does not know
    protects nothing."""
    here, there = ROSTER.get(in_force or ""), ROSTER.get(wanted)
    return here is not None and there is not None and here.uses <= there.uses and here.portable >= there.portable


def named_in(said: str) -> str | None:
    """The agreement a sentence names, in any case of letters."""
    found = re.search(rf"\b({SPELLING})(?![\w-])", said, re.IGNORECASE)
    return found[1].upper() if found else None
