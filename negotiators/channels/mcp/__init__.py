"""The MCP channels: catalogues of shops as tools of the Model Context Protocol, and any tool a person names.

`mcp` (about two seconds of CPU to import) is loaded by the first exchange.
"""

from negotiators.channels.mcp.adapter import McpAdapter
from negotiators.channels.mcp.tool import McpToolAdapter

__all__ = ["McpAdapter", "McpToolAdapter"]
