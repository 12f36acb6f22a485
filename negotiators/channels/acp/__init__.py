"""The ACP channel: shops of the Agentic Commerce Protocol that gave the person a key.

The same search as over UCP, in other documents. A checkout is made, changed and cancelled, never completed; what the
protocol lets a customer say when leaving (`intent_trace`: why, up to what price, who else) is never said.
"""

from negotiators.channels.acp.adapter import AcpAdapter

__all__ = ["AcpAdapter"]
