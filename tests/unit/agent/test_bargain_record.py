"""The engine's inputs come back from a decision record as they went in."""

import json
from dataclasses import replace

from agent.market.table import Table, profile_from, profile_json
from agent.needs.need import need_from_table
from agent.needs.valuation import Valuation
from negotiators.bargaining import SellerPrior
from negotiators.categories import shipped


def test_a_profile_written_to_the_ledger_is_read_back_equal() -> None:
    need = need_from_table(
        {"category": "mobile_plan", "issues": {"data_gb": {"min": 20, "hard": True}}}, shipped(), "n", "test"
    )
    table = Table.of(Valuation(shipped()["mobile_plan"], need))
    prior = SellerPrior((("price_monthly", 0.5),), (("fixed", 1.0),), 2)
    for kept in (None, prior, replace(prior, taken_back=(0.48,), stood_by=(1.0,))):
        profile = table.profile(12, seed=7, reservation=0.3, outside=0.4, prior=kept)
        stored = json.loads(json.dumps(profile_json(profile)))
        assert profile_from(stored) == profile
        if kept == prior:
            assert profile_from({**stored, "prior": stored["prior"][:3]}) == profile, (
                "as written before offers taken back"
            )
