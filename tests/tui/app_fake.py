"""`python tests/tui/app_fake.py [LANGUAGE]`: the screen over the story, for tests in a pseudo-terminal."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.tui.fake_home import FakeHouse
from tui import house
from tui.cli import main

if __name__ == "__main__":
    fake = FakeHouse()
    house.open_house = lambda home: fake
    main(["--lang", sys.argv[1] if len(sys.argv) > 1 else "en"])
