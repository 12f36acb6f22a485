"""Makes the small sellers importable for the unit and property tests of the engine."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "unit" / "bargaining"))
