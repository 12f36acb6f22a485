"""The agreement on data that rides along with an act: a roster id of IEEE 7012 (MyTerms), proffered or answered. Pure,
closed (`docs/a2a-extension.md`, section 7)."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping

from negotiators.channels.payload.fields import Problems
from negotiators.dialogue import AgreementWord

STANDARD = "https://w3id.org/dpv/standards/ieee/7012#"
STATUSES = ("proffered", "accepted", "alternative", "refused")

_ID = re.compile(r"[A-Z][A-Z0-9-]{1,31}")
_RECORD = re.compile(r"[0-9a-f]{64}")


def record_of(agreement: str, negotiation: str) -> str:
    """sha256 over what both sides keep of an agreement: standard, id and the talk it was made in."""
    kept = {"agreement": agreement, "negotiation_id": negotiation, "standard": STANDARD}
    return hashlib.sha256(json.dumps(kept, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def write_agreement(word: AgreementWord) -> dict[str, object]:
    """The payload's `agreement` object."""
    return {"standard": STANDARD, "id": word.id, "status": word.status, "record": word.record}


def read_agreement(value: object, problems: Problems) -> AgreementWord | None:
    """What a counterpart says of an agreement, or `None`. An unknown standard, status or shape is a problem."""
    if value is None:
        return None
    if not isinstance(value, Mapping) or value.get("standard") != STANDARD or value.get("status") not in STATUSES:
        problems.add("bad_agreement")
        return None
    named, record = value.get("id"), value.get("record", "")
    readable = isinstance(named, str) and _ID.fullmatch(named)
    kept = isinstance(record, str) and (record == "" or _RECORD.fullmatch(record))
    if not readable or not kept:
        problems.add("bad_agreement")
        return None
    return AgreementWord(str(named), str(value["status"]), str(record))
