"""Charts add what can be added, and write every amount in its own currency."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.tui import story
from tests.tui.driving import app_over, press
from tests.tui.fake_home import FakeHouse
from tui.plots import chart, prices, savings, sides
from tui.widgets.plot import Plot
from tui.wording import Wording


def _deal(month: int, saved: str, currency: str) -> dict[str, str]:
    return {"at": f"2026-{month:02}-10T08:00:00+00:00", "category": "gym", "provider": "Studio", "year1": saved,
            "currency": currency}  # fmt: skip


@pytest.mark.parametrize(("language", "told"), [
    ("en", "Saved in the first year, all deals: €160.50 + 90.00\N{NO-BREAK SPACE}CHF + $7.00"),
    ("de", "Im ersten Jahr gespart, alle Abschlüsse: 160,50\N{NO-BREAK SPACE}€ + 90,00\N{NO-BREAK SPACE}CHF + 7,00\N{NO-BREAK SPACE}$"),
])  # fmt: skip
def test_savings_of_several_currencies_are_never_added_up(language: str, told: str) -> None:
    rows = [_deal(1, "90.00", "CHF"), _deal(2, "120.00", "EUR"), _deal(3, "7.00", "USD"), _deal(4, "40.50", "EUR")]
    figure = savings(Wording(language), rows)
    assert figure.told == told
    assert figure.currency == "EUR"
    assert [value for _, value in figure.series[0].points] == [120.0, 160.5]


def test_of_two_currencies_as_common_the_newest_is_drawn() -> None:
    assert savings(Wording("en"), [_deal(1, "90.00", "EUR"), _deal(2, "5.00", "CHF")]).currency == "CHF"


def test_prices_of_another_currency_are_not_drawn_on_the_same_scale() -> None:
    rows = [{"at": f"2026-11-2{day}T08:00:00+00:00", "category": "gym", "provider": "F", "total": total,
             "currency": currency}
            for day, (total, currency) in enumerate((("200", "CHF"), ("9000", "EUR"), ("190", "CHF")))]  # fmt: skip
    figure = prices(Wording("en"), rows)
    assert (figure.currency, [value for _, value in figure.series[0].points]) == ("CHF", [200.0, 190.0])


def test_the_curve_of_a_talk_in_francs_has_francs_beside_it() -> None:
    talk = next(one for one in story.TALKS if sum(bool(turn.total) for turn in one.turns) > 1)
    talk = replace(talk, turns=tuple(replace(turn, currency="CHF") for turn in talk.turns))
    w = Wording("en")
    figure = sides(w, talk)
    drawn = "\n".join(chart(figure, lambda value: w.formats.money(f"{value:.2f}", figure.currency), 70))
    assert "CHF" in drawn and "€" not in drawn


async def test_the_screen_draws_the_currency_of_the_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(story, "SAVINGS", (_deal(1, "90.00", "CHF"), _deal(2, "95.00", "CHF")))
    app = app_over(FakeHouse())
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, ["h"])
        drawn = "\n".join(line.plain for line in app.screen.query_one("#savings-plot", Plot).draw(70))
        assert "CHF" in drawn and "€" not in drawn
