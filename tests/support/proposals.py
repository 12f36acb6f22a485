"""Terms around the edge of a phone mandate, mutated; and companies that offer them."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any

from negotiators.dialogue import Ask, Commit, Confirm, Propose, Terms
from negotiators.money import Money, Period
from tests.support.house import Behaviour, Company, eur, phone_terms


def proposal(chance: random.Random) -> Terms:
    """Terms around the edge of the mandate, then up to three mutations."""
    values: dict[str, Any] = dict(
        phone_terms(str(chance.choice(["9", "15", "19.50", "20", "20.01", "21.66", "21.67"]))).items()
    )
    for _ in range(chance.randint(0, 3)):
        match chance.randrange(9):
            case 0:
                values.pop(chance.choice(sorted(values)), None)
            case 1 if "price_monthly" in values:
                values["price_monthly"] = Money(values["price_monthly"].amount, chance.choice(["USD", "CHF", "JPY"]))
            case 2:
                values["setup_fee"] = Money(
                    Decimal(chance.choice(["0", "5", "20", "80", "140", "300"])), chance.choice(["EUR", "EUR", "USD"])
                )
            case 3:
                values["term"] = Period(months=chance.choice([0, 1, 11, 12, 13, 24, 36]), days=chance.choice([0, 0, 1]))
            case 4:
                values["promo_months"] = Period(months=chance.choice([0, 1, 6, 12]))
                values["price_after"] = eur(chance.choice(["5", "25", "60"]))
            case 5:
                values["data_gb"] = Decimal(chance.choice(["0", "19.99", "20", "100"]))
            case 6:
                values["bonus"] = eur(chance.choice(["0", "10", "100"]))
            case 7:
                values["five_g"] = True
            case _:
                values["price_monthly"] = eur(str(Decimal(chance.randint(0, 4000)) / 100))
    return Terms.of(values)


def shifty(seed: str) -> Behaviour:
    """A company that offers anything, and confirms something else half of the time."""
    chance = random.Random(seed)

    def behave(company: Company, cleared: Any) -> Any:
        match cleared.move:
            case Ask() | Propose():
                terms = proposal(chance)
                return [company.propose(terms)] if terms else []
            case Commit(terms=terms):
                changed = terms if chance.random() < 0.5 else proposal(chance)
                return [company.reply(Confirm(changed, cleared.move.offer_id, "r"))]
            case _:
                return []

    return behave
