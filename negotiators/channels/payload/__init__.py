"""Our bargaining payload, the A2A extension of `docs/a2a-extension.md`: pure and in both directions.

`payload_of` writes a move as the JSON object of one data part; `read_payload` reads a counterpart's object back
into moves. Reading what was written is the identity, except for an offer's evidence, which reading adds. All
numbers are strings on the wire, because A2A carries JSON numbers as binary floats.
"""

from negotiators.channels.payload.agreement import record_of, write_agreement
from negotiators.channels.payload.read import PayloadContext, Reading, is_payload, read_payload
from negotiators.channels.payload.write import ACTS, EXTENSION_URI, GRANULARITIES, payload_of

__all__ = [
    "ACTS",
    "EXTENSION_URI",
    "GRANULARITIES",
    "PayloadContext",
    "Reading",
    "is_payload",
    "payload_of",
    "read_payload",
    "record_of",
    "write_agreement",
]
