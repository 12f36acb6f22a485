"""The A2A channel: company bots that speak Agent2Agent 1.0 or 0.3.

`a2a-sdk` (two seconds of CPU to import) is loaded by the first message, not by discovery.
"""

from negotiators.channels.a2a.adapter import A2AAdapter

__all__ = ["A2AAdapter"]
