"""One zone for hours, days and what is shown: the machine's at the start, then the configuration's."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from agent.deciding import Deciding
from agent.runtime import checkups
from agent.runtime.config import Config, Digest, Memory, load_config
from agent.runtime.interrupting import _fits
from agent.runtime.paths import Home
from agent.runtime.schedule import next_digest
from agent.runtime.settings import change
from agent.runtime.wiring import build
from agent.views import DecisionError
from agent.zone import DEFAULT, Days, as_machine, machine_zone, zone_of
from negotiators.clock import SimClock
from tui.cli.plain import checkup
from tui.wording import Wording
from tui.wording.formats import Formats

NOW = datetime(2026, 11, 22, 18, 0, tzinfo=UTC)
"""Sunday evening in Berlin, Sunday noon in New York, Monday morning in Auckland."""


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    """Sets the clock of the machine to a zone, as `TZ` does."""

    def into(zone: str) -> None:
        monkeypatch.setenv("TZ", zone)
        time.tzset()

    before = os.environ.get("TZ")
    yield into
    monkeypatch.undo()
    assert os.environ.get("TZ") == before
    time.tzset()


@pytest.mark.parametrize(
    ("told", "zone"),
    [
        ("Europe/Vienna", "Europe/Vienna"),
        ("America/New_York", "America/New_York"),
        (":Asia/Tokyo", "Asia/Tokyo"),
        ("/usr/share/zoneinfo/Pacific/Auckland", "Pacific/Auckland"),
        ("UTC", "UTC"),
        ("XYZ-3:30", DEFAULT),  # a rule without a name
        ("Nowhere/AtAll", DEFAULT),
    ],
)
def test_a_new_folder_takes_the_zone_of_the_machine(tmp_path: Path, machine, told: str, zone: str) -> None:
    machine(told)
    home = Home(tmp_path / "home").make()
    assert load_config(home.config).zone == zone and zone_of(home.root).key == zone
    assert not home.config.exists() or home.config.stat().st_mode & 0o777 == 0o600


def test_a_folder_in_use_keeps_its_zone_when_the_machine_travels(tmp_path: Path, machine) -> None:
    machine("Europe/Lisbon")
    home = Home(tmp_path / "home").make()
    machine("Asia/Tokyo")
    assert load_config(home.make().config).zone == "Europe/Lisbon"
    old = Home(tmp_path / "old")
    old.root.mkdir(mode=0o700)
    (old.root / "ledger").touch(0o600)
    assert not old.make().config.exists() and zone_of(old.root).key == DEFAULT


def test_a_changed_setting_is_seen_at_the_next_time_shown(tmp_path: Path, machine) -> None:
    machine("Europe/Berlin")
    home = Home(tmp_path / "home").make()
    formats = Formats("en", lambda: zone_of(home.root))
    assert formats.moment(NOW.isoformat()) == "Sun 22 Nov, 19:00"
    change(home.root, "zone", "Pacific/Auckland")
    assert formats.moment(NOW.isoformat()) == "Mon 23 Nov, 07:00"


@pytest.mark.parametrize(
    ("zone", "now"),
    [
        ("Europe/Berlin", "2026-10-24T20:00+00:00"),  # the clocks go back in the night
        ("America/New_York", "2026-11-01T03:00+00:00"),  # and here
        ("Europe/Berlin", "2026-03-28T20:00+00:00"),  # forward
        ("Pacific/Auckland", "2026-11-22T18:00+00:00"),  # the next day already
        ("Pacific/Kiritimati", "2026-11-22T11:00+00:00"),  # 14 hours ahead
        ("UTC", "2026-11-22T18:00+00:00"),
    ],
)
def test_the_hour_typed_is_the_hour_shown_wherever_the_machine_is(machine, zone: str, now: str) -> None:
    machine("America/Anchorage")
    config = Config(zone=zone, digest=Digest(hours=["07:30"]), memory=Memory(embedder="ngram"))
    due = next_digest(config, datetime.fromisoformat(now))
    shown = Formats("en", lambda: ZoneInfo(zone))
    assert shown.clock(due.isoformat()) == "07:30"
    assert Days(ZoneInfo(zone)).of(due).isoformat() == str(shown.local(due.isoformat()))[:10]


def test_both_hours_of_the_night_the_clocks_go_back_are_told_apart_by_their_order() -> None:
    shown = Formats("de", lambda: ZoneInfo("Europe/Berlin"))
    hours = [shown.moment(f"2026-10-25T0{hour}:30:00+00:00") for hour in (0, 1, 2)]
    assert hours == ["So 25. Okt., 02:30", "So 25. Okt., 02:30", "So 25. Okt., 03:30"]


def test_a_day_a_company_names_is_shown_as_that_day_everywhere() -> None:
    for zone in ("Europe/Berlin", "America/New_York", "Pacific/Auckland"):
        shown = Formats("en", lambda zone=zone: ZoneInfo(zone))  # type: ignore[misc]
        assert shown.moment("2026-11-30T23:59:59+00:00") == "Mon 30 Nov"


@pytest.mark.parametrize(
    ("zone", "day"), [("Europe/Berlin", 22), ("America/New_York", 22), ("Pacific/Auckland", 23), ("Asia/Tokyo", 23)]
)
def test_the_house_counts_days_where_the_person_lives(tmp_path: Path, zone: str, day: int) -> None:
    config = Config(zone=zone, memory=Memory(embedder="ngram"))
    house = build(tmp_path / "home", clock=SimClock(NOW), config=config, sources=())
    try:
        assert house.days.of(house.clock.now()) == house.book.days.of(house.clock.now()) == date(2026, 11, day)
        change(house.home.root, "zone", "Pacific/Auckland")
        house.take_settings()
        assert house.book.days.of(house.clock.now()) == date(2026, 11, 23)
    finally:
        house.shut()


def test_a_yes_can_be_taken_back_until_the_persons_day_is_over(tmp_path: Path, machine) -> None:
    legs: list[dict[str, str | None]] = [{"cancel_until": "2026-11-22"}]
    machine("America/New_York")
    Deciding(Home(tmp_path / "west").make().root)._may_undo("agreed", legs, "i-1", NOW)
    machine("Pacific/Auckland")
    with pytest.raises(DecisionError):
        Deciding(Home(tmp_path / "east").make().root)._may_undo("agreed", legs, "i-1", NOW)


def test_hours_to_a_deadline_are_counted_across_the_change_of_summer_time() -> None:
    from agent.language.interrupts import read_interrupt

    rule, _ = read_interrupt("deadlines within 24 hours")
    assert rule is not None
    row = {"kind": rule.kind, "rise": None, "day": "2026-10-26"}
    for zone, hour, fits in (("Europe/Berlin", 0, False), ("Europe/Berlin", 1, True), ("Asia/Tokyo", 0, True)):
        now = datetime(2026, 10, 25, hour, 0, tzinfo=ZoneInfo(zone))  # this day has 25 hours in Berlin
        assert _fits(rule, row, now) is fits, (zone, hour)  # type: ignore[arg-type]


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_doctor_says_when_machine_and_configuration_differ(tmp_path: Path, machine, language: str) -> None:
    machine("Europe/Berlin")
    home = Home(tmp_path / "home").make().root
    assert (checkups.zone(home).state, checkups.zone(home).detail) == ("ok", "Europe/Berlin")
    machine("Europe/Rome")  # the same clock under another name
    assert checkups.zone(home).state == "ok"
    for told, remedy, named in (("Asia/Tokyo", "zone_differs", "Asia/Tokyo"), ("XYZ-3:30", "zone_unnamed", "+0330")):
        machine(told)
        found = checkups.zone(home)
        assert (found.state, found.remedy, found.params["machine"]) == ("note", remedy, named)
        row = {"check": "zone", "state": found.state, "detail": found.detail, "remedy": found.remedy, **found.params}
        said = " ".join(" ".join(checkup(Wording(language), [row])).split())
        assert named in said and "Europe/Berlin" in said and "gegenbot settings set zone" in said


def test_the_doctors_clock_is_the_persons(tmp_path: Path, machine) -> None:
    machine("Asia/Tokyo")
    row = {"check": "clock", "state": "ok", "detail": NOW.isoformat(timespec="minutes"), "remedy": ""}
    said = "\n".join(checkup(Wording("en", lambda: ZoneInfo("America/New_York")), [row]))
    assert "Sun 22 Nov 2026, 13:00" in said


def test_a_zone_that_keeps_another_time_than_the_machine_is_not_its_zone(machine) -> None:
    machine("Europe/Berlin")
    assert machine_zone(NOW) == "Europe/Berlin"
    assert not as_machine(ZoneInfo("Africa/Lagos"), NOW)  # the same in winter only
