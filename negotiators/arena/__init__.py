"""A seeded market of simulated companies behind real protocols on loopback (`docs/arena.md`).

A leaf: imported by the demo and by tests only. `a2a-sdk` and `uvicorn` are loaded when an arena starts.
"""

from negotiators.arena.market import Arena, ArenaEndpoint
from negotiators.arena.settings import CompanySpec, crowd, roster

__all__ = ["Arena", "ArenaEndpoint", "CompanySpec", "crowd", "roster"]
