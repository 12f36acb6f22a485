"""`python tests/tui/cli_fake.py ARGS`: the command line over the story."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.tui.fake_home import FakeHouse
from tui import house
from tui.cli import main

if __name__ == "__main__":
    fake = FakeHouse()
    house.open_house = lambda home: fake
    main()
