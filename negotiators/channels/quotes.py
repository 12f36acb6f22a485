"""From a shop's figures to an offer in the words of a category. Pure; shared by every channel of fixed prices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from negotiators.categories import Category, Issue
from negotiators.channels.payload.fields import Problems
from negotiators.channels.payload.schema_offer import DELIVERY
from negotiators.dialogue import Evidence, MessageId, Offer, OfferId, ProviderId, Standing, TermError, Terms, TermValue
from negotiators.money import MINOR_DIGITS, Money

EXTRAS = ("fees", "setup_fee")


@dataclass(frozen=True, slots=True)
class Quote:
    """What one configuration costs. `delivery` is `None` where the shop has not said it yet; `extras` are taxes and
    fees on top. `path` names where the figures stood, `standing` how far they may be relied on."""

    currency: str
    goods: Decimal
    delivery: Decimal | None = None
    extras: Decimal = Decimal(0)
    quantity: int | None = None
    consents: bool = False
    """Whether some consent to marketing or sharing is part of it."""
    valid_until: datetime | None = None
    path: str = ""
    standing: Standing = Standing.TYPED
    unread: tuple[str, ...] = ()
    """Names of amounts beside these that nobody here can place."""


def minor(amount: int, currency: str) -> Decimal:
    """An amount in minor units (cents) in main units."""
    return Decimal(amount).scaleb(-MINOR_DIGITS.get(currency, 2))


def issue_named(category: Category, names: tuple[str, ...]) -> Issue | None:
    return next((issue for name in names if (issue := category.issue(name)) is not None), None)


def terms_of(quote: Quote, category: Category) -> dict[str, TermValue]:
    """The quote's figures as terms. What the category has no issue for is part of the price."""
    headline = category.headline()
    price, found = quote.goods, dict[str, TermValue]()
    for amount, names in ((quote.delivery, DELIVERY), (quote.extras or None, EXTRAS)):
        issue = issue_named(category, names)
        if amount is None:
            continue
        if issue is None:
            price += amount
        else:
            found[issue.name] = Money(amount, quote.currency)
    found[headline.name] = Money(price, quote.currency)
    if quote.quantity is not None and category.issue("quantity") is not None:
        found["quantity"] = Decimal(quote.quantity)
    if quote.consents and category.issue("marketing_consent") is not None:
        found["marketing_consent"] = True
    return found


def stated_terms(stated: object, category: Category, problems: Problems) -> dict[str, TermValue]:
    """Terms the person's provider file states of what is ordered (`data_gb = "20"`); what is unreadable is noted."""
    found: dict[str, TermValue] = {}
    for name, value in stated.items() if isinstance(stated, Mapping) else ():
        issue = category.issue(str(name))
        if issue is None:
            problems.add("unknown_issue", name)
            continue
        try:
            found[issue.name] = issue.parse(value if isinstance(value, bool) else str(value), category.currency)
        except (TermError, ValueError):
            problems.add("bad_term", name)
    return found


def for_one_piece(category: Category, terms: Mapping[str, TermValue]) -> dict[str, TermValue]:
    """How many a price is for where nobody says so, as a term: the same thing at two doors has the same terms."""
    issue = category.issue("quantity")
    return {issue.name: issue.missing} if issue and issue.missing is not None and issue.name not in terms else {}


def offer_of(
    quote: Quote,
    category: Category,
    provider: ProviderId,
    offer_id: str,
    message_id: MessageId,
    stated: Mapping[str, TermValue],
) -> Offer:
    """An offer of the quote's figures and of what the person's file states; the shop's own figures win."""
    terms = terms_of(quote, category)
    evidence = [Evidence(name, quote.standing, quote.path, reader="shop") for name in terms]
    for name, value in stated.items():
        if name not in terms:
            terms[name] = value
            evidence.append(Evidence(name, Standing.TYPED, f"provider file: {name}", reader="provider_file"))
    for name, value in for_one_piece(category, terms).items():
        terms[name] = value
        evidence.append(Evidence(name, quote.standing, "a price of one piece", reader="shop"))
    return Offer(
        id=OfferId(offer_id),
        provider=provider,
        category=category.id,
        terms=Terms.of(terms),
        valid_until=quote.valid_until,
        binding=False,
        evidence=tuple(sorted(evidence, key=lambda item: item.issue)),
        message_id=message_id,
        unread=quote.unread,
    )
