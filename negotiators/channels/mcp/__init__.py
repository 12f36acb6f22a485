"""The MCP channel: shops that show their catalogue as tools of the Model Context Protocol.

`mcp` (about two seconds of CPU to import) is loaded by the first exchange.
"""

from negotiators.channels.mcp.adapter import McpAdapter

__all__ = ["McpAdapter"]
