"""What talks with a seller teach the engine: used in the next talk, visible, and gone when the person says so."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agent.deciding import Deciding
from agent.kernel.events import ForgetRequested
from agent.kernel.ledger import verify
from agent.market.acquaintance import known_of, prior_of
from agent.running import seller_known
from agent.runtime.replay import replay_ledger
from agent.runtime.runner import Runner
from agent.views import DecisionError, FacadeError
from tests.requirements import requirement
from tests.support.house import Company, living, phone_need, seller
from tui.cli import main
from tui.cli.providers import _seller
from tui.wording import Wording


async def talk_over(house, need_id: str) -> str:
    """A need talked over with every company; the negotiation with `acme`."""
    need = house.state_need(phone_need(need_id))
    await house.market.open(need)
    await house.market.advance(need)
    row = house.ledger.row("SELECT id FROM negotiations WHERE need=? AND provider='acme'", (need_id,))
    return str(row["id"])


def priors_used(house, negotiation: str) -> list[object]:
    rows = house.ledger.rows(
        "SELECT body FROM choices WHERE negotiation=? AND body IS NOT NULL ORDER BY seq", (negotiation,)
    )
    records = [json.loads(house.ledger.body(row["body"]) or "{}") for row in rows]
    return [record["profile"]["prior"] for record in records if "profile" in record]


async def test_a_second_talk_starts_from_what_the_first_taught(tmp_path: Path) -> None:
    async with living(tmp_path / "h", [Company("acme", seller("24.00", "14.00"))]) as house:
        first = await talk_over(house, "need-1")
        assert prior_of(house.ledger, first) is None
        assert set(map(str, priors_used(house, first))) == {"None"}
        second = await talk_over(house, "need-2")
        prior = prior_of(house.ledger, second)
        assert prior is not None and prior.talks == 1
        assert sum(share for _, share in prior.styles) == pytest.approx(1.0, abs=0.01)
        assert priors_used(house, second)[0] == [
            list(map(list, prior.weights)), list(map(list, prior.styles)), 1,
            list(prior.taken_back), list(prior.stood_by),
        ]  # fmt: skip
        third = await talk_over(house, "need-3")
        assert prior_of(house.ledger, third).talks == 2
        assert prior_of(house.ledger, second) == prior, "later talks do not change what this one knew"
    assert replay_ledger(tmp_path / "h")["different"] == []


async def test_other_sellers_teach_nothing_about_this_one(tmp_path: Path) -> None:
    companies = [Company("acme", seller("24.00", "14.00")), Company("bolt", seller("22.00", "15.00"))]
    async with living(tmp_path / "h", companies[1:]) as house:
        need = house.state_need(phone_need("need-1"))
        await house.market.open(need)
        await house.market.advance(need)
    async with living(tmp_path / "h", companies) as house:
        assert prior_of(house.ledger, await talk_over(house, "need-2")) is None
        assert set(known_of(house.ledger, "bolt")) == {"mobile_plan"}


@requirement("forget:sellers-are-met-anew")
async def test_a_forgotten_seller_is_met_as_for_the_first_time(tmp_path: Path) -> None:
    root = tmp_path / "h"
    async with living(root, [Company("acme", seller("24.00", "14.00"))]) as house:
        first = await talk_over(house, "need-1")
        second = await talk_over(house, "need-2")
        assert known_of(house.ledger, "acme")
        assert house.threads.get(second).prior is not None
        house.ledger.append(house.clock.now(), [ForgetRequested("seller:acme")])
        await Runner(house).tick()
        assert known_of(house.ledger, "acme") == {}
        assert priors_used(house, first) == priors_used(house, second) == []
        assert house.threads.get(second).prior is None, "an open talk does not go on with it"
        third = await talk_over(house, "need-3")
        assert prior_of(house.ledger, third) is None
        assert set(map(str, priors_used(house, third))) == {"None"}
        assert verify(house.ledger.conn)[1] is None
    replayed = replay_ledger(root)
    assert replayed["different"] == [] and replayed["erased"]


async def test_what_is_known_can_be_seen_and_its_erasing_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = tmp_path / "h"
    async with living(root, [Company("acme", seller("24.00", "14.00"))]) as house:
        await talk_over(house, "need-1")
    known = seller_known(root, "acme")
    assert known["talks"] == 1 and set(known["known"]) == {"mobile_plan"}
    for language in ("en", "de"):
        with pytest.raises(SystemExit) as left:
            main(["--home", str(root), "--lang", language, "providers", "learned", "Acme"])
        out = capsys.readouterr().out
        assert left.value.code in (None, 0) and "seller:acme" in out and "%" in out
        assert "seller." not in out.replace("seller:acme", "") and max(map(len, out.splitlines())) <= 80
    for language, words in (
        ("en", "refused what it had offered"),
        ("de", "lehnte sie ab, was sie selbst geboten hatte"),
    ):
        seen = {**known, "known": {"mobile_plan": {**known["known"]["mobile_plan"], "taken_back": ["0.48", "0.50"]}}}
        shown = " ".join(line.strip() for line in _seller(Wording(language), seen))
        assert words in shown and "49" in shown and "seller.back" not in shown
    Deciding(root).forget("seller:acme")
    assert seller_known(root, "acme")["known"] == {}
    with pytest.raises(FacadeError, match="no_such_provider"):
        seller_known(root, "nobody")
    with pytest.raises(DecisionError, match="no_such_item"):
        Deciding(root).forget("seller:nobody")
