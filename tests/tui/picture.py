"""Draws `docs/digest.svg`, the README's picture: the program itself over a simulated market.

python tests/tui/picture.py
"""

import asyncio
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))


async def market(home: Path) -> None:
    """A finished digest in `home`."""
    from agent.runtime.demo import Demo

    demo = Demo(7, home)
    try:
        await demo.open()
        demo.introduce()
        demo.state_needs()
        await demo.negotiate()
    finally:
        await demo.close()


async def draw(home: Path, target: Path) -> None:
    from tui.app import GegenbotApp
    from tui.house import LocalHouse
    from tui.wording import Wording

    app = GegenbotApp(LocalHouse(home), Wording("en"), watch=False)
    async with app.run_test(size=(100, 26)) as pilot:
        await pilot.pause()
        await app.workers.wait_for_complete()
        await pilot.pause()
        target.write_text(app.export_screenshot(title="gegenbot", simplify=True), "utf-8")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "demo"
        asyncio.run(market(home))
        asyncio.run(draw(home, ROOT / "docs" / "digest.svg"))


if __name__ == "__main__":
    main()
