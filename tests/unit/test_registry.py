import pytest

from negotiators.adapter import Adapter
from negotiators.registry import UnknownChannel, describe, load, names


def test_every_named_channel_loads() -> None:
    assert "a2a" in names()
    for name in names():
        assert issubclass(load(name), Adapter)
        assert describe(name).speaks or not describe(name).polled


def test_an_unknown_channel_is_named_with_those_that_are() -> None:
    with pytest.raises(UnknownChannel, match="`fax` is no channel; there are `a2a`"):
        load("fax")
