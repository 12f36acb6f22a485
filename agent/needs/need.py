"""Needs and mandates: the person's wish in a category's words, and how far the agent may go.

`NEED.toml` is read strictly: an unknown key is an error that names the file, the key and the nearest match.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal

from agent.kernel.errors import NeedInvalid
from agent.needs.together import Pair, order, pairs_from_tables, pairs_from_text, pairs_text
from negotiators.categories import Category, Issue
from negotiators.dialogue import IssueKind, TermError, TermValue, parse_term, term_text
from negotiators.money import Money, MoneyError

Autonomy = Literal["tell", "propose", "act"]


@dataclass(frozen=True, slots=True)
class Wish:
    """What is wanted of one issue. `hard` makes `minimum`, `maximum` (and `want`, for choices, flags and dates)
    a constraint that no deal may break. `weight` replaces the category's usual one; it may be that much more or less
    (`spread`) where the person is unsure."""

    issue: str
    minimum: TermValue | None = None
    maximum: TermValue | None = None
    want: TermValue | None = None
    weight: Decimal | None = None
    hard: bool = False
    spread: Decimal = Decimal(0)
    pairs: tuple[Pair, ...] = ()
    """What a value of this issue is worth together with one of another, beyond both alone."""

    def texts(self) -> dict[str, str]:
        """The wish as canonical strings, for the ledger."""
        found = {"min": self.minimum, "max": self.maximum, "want": self.want}
        texts = {key: term_text(value) for key, value in found.items() if value is not None}
        if self.weight is not None:
            texts["weight"] = str(self.weight)
        if self.spread:
            texts["spread"] = str(self.spread)
        if self.pairs:
            texts["with"] = pairs_text(self.pairs)
        texts["hard"] = "true" if self.hard else "false"
        return texts


@dataclass(frozen=True, slots=True)
class Mandate:
    """How far a commitment for one need may go without asking again.

    `max_total` bounds the all-in total (`categories.Cost.total`); `providers` empty means any provider the
    person lets in; `deals` is how many agreements may be signed; `autonomy`: `tell` and `propose` always ask,
    `act` may sign inside every other limit.
    """

    max_total: Money | None = None
    currency: str = "EUR"
    max_term_months: int | None = None
    providers: tuple[str, ...] = ()
    deals: int = 1
    expires: datetime | None = None
    autonomy: Autonomy = "propose"

    def texts(self) -> dict[str, str]:
        texts: dict[str, str] = {"currency": self.currency, "deals": str(self.deals), "autonomy": self.autonomy}
        if self.max_total is not None:
            texts["max_total"] = str(self.max_total.amount)
        if self.max_term_months is not None:
            texts["max_term_months"] = str(self.max_term_months)
        if self.providers:
            texts["providers"] = "\n".join(self.providers)
        if self.expires is not None:
            texts["expires"] = self.expires.isoformat()
        return texts


def mandate_from(texts: Mapping[str, str]) -> Mandate:
    """The inverse of `Mandate.texts`."""
    currency = texts["currency"]
    total, months, until = texts.get("max_total"), texts.get("max_term_months"), texts.get("expires")
    return Mandate(
        max_total=Money.of(total, currency) if total is not None else None,
        currency=currency,
        max_term_months=int(months) if months is not None else None,
        providers=tuple(filter(None, texts.get("providers", "").split("\n"))),
        deals=int(texts["deals"]),
        expires=datetime.fromisoformat(until) if until else None,
        autonomy=texts["autonomy"],  # type: ignore[arg-type]
    )


def inside(mandate: Mandate, limits: Mapping[str, str]) -> Mandate:
    """A need's mandate inside the standing limits of its category (`Mandate.texts` keys): the lower amount, the
    shorter term. How much the bot may do alone is the category's word unless the need itself says otherwise."""
    if not limits:
        return mandate
    standing = mandate_from({"currency": mandate.currency, "deals": "1", "autonomy": "propose", **limits})
    total, months = mandate.max_total, mandate.max_term_months
    if standing.max_total is not None and (
        total is None or (total.currency == standing.max_total.currency and standing.max_total < total)
    ):
        total = standing.max_total
    if standing.max_term_months is not None:
        months = min(standing.max_term_months, months) if months is not None else standing.max_term_months
    autonomy = standing.autonomy if mandate.autonomy == Mandate().autonomy else mandate.autonomy
    return replace(mandate, max_total=total, max_term_months=months, autonomy=autonomy)


@dataclass(frozen=True, slots=True)
class Leg:
    """A need's place in a bundle. A fallback is kept only if the leg `only_if_slips` slips; it must be free to
    cancel until `cancellable_until`."""

    role: Literal["main", "fallback"] = "main"
    only_if_slips: str | None = None
    cancellable_until: date | None = None

    def texts(self) -> dict[str, str]:
        texts: dict[str, str] = {"role": self.role}
        if self.only_if_slips:
            texts["only_if_slips"] = self.only_if_slips
        if self.cancellable_until:
            texts["cancellable_until"] = self.cancellable_until.isoformat()
        return texts


def leg_from(texts: Mapping[str, str]) -> Leg:
    until = texts.get("cancellable_until")
    role: Any = texts.get("role", "main")
    return Leg(role, texts.get("only_if_slips"), date.fromisoformat(until) if until else None)


@dataclass(frozen=True, slots=True)
class Need:
    id: str
    category: str
    text: str
    wishes: tuple[Wish, ...] = ()
    mandate: Mandate = Mandate()
    units: Decimal | None = None
    bundle: str | None = None
    leg: Leg = Leg()
    contract: str | None = None
    """The person's present contract of this kind, the baseline of every saving."""
    recalled: tuple[Mapping[str, str], ...] = field(default=())

    def wish(self, issue: str) -> Wish | None:
        return next((wish for wish in self.wishes if wish.issue == issue), None)

    @property
    def pairs(self) -> tuple[Pair, ...]:
        return tuple(pair for wish in self.wishes for pair in wish.pairs)


_TOP = {"category", "text", "issues", "mandate", "units", "leg"}
_WISH = {"min", "max", "want", "weight", "hard", "with"}
_MANDATE = {"max_total", "currency", "max_term_months", "providers", "deals", "expires", "autonomy"}
_LEG = {"role", "only_if_slips", "cancellable_until"}


def known_keys(table: Mapping[str, Any], known: set[str], where: str) -> None:
    for key in table:
        if key not in known:
            near = get_close_matches(key, known, 1, 0.5)
            raise NeedInvalid("unknown_key", where=where, key=str(key), nearest=near[0] if near else "",
                              known=", ".join(sorted(known)))  # fmt: skip


def _value(issue: Issue, raw: Any, currency: str, where: str) -> TermValue:
    """One value of a need. Numbers may be TOML numbers; whole months may stand for a duration."""
    try:
        if issue.kind is IssueKind.DURATION and isinstance(raw, int) and not isinstance(raw, bool):
            raw = f"P{raw}M"
        if isinstance(raw, datetime):
            raw = raw.date()
        if isinstance(raw, date):
            raw = raw.isoformat()
        return issue.parse(raw if isinstance(raw, bool) else str(raw), currency)
    except (TermError, MoneyError, ValueError) as err:
        raise NeedInvalid("bad_value", where=where, key=issue.name, value=str(raw)[:40], why=str(err)) from err


def parse_wish(issue: Issue, table: Mapping[str, Any], currency: str, where: str) -> Wish:
    """One `[issues.NAME]` table. Raises `NeedInvalid`."""
    known_keys(table, _WISH, f"{where} [issues.{issue.name}]")
    values = {
        key: _value(issue, table[key], currency, where) if key in table else None for key in ("min", "max", "want")
    }
    hard = table.get("hard", False)
    if not isinstance(hard, bool):
        raise NeedInvalid("bad_value", where=where, key=f"{issue.name}.hard", value=str(hard), why="true or false")
    weight, spread = _weight(issue, table.get("weight"), where)
    low, high = values["min"], values["max"]
    if low is not None and high is not None and order(low) > order(high):
        raise NeedInvalid("bad_value", where=where, key=issue.name, value=f"{term_text(low)} > {term_text(high)}",
                          why="min is above max")  # fmt: skip
    return Wish(issue.name, low, high, values["want"], weight, hard, spread)


def _weight(issue: Issue, given: Any, where: str) -> tuple[Decimal | None, Decimal]:
    """A weight, or the middle of `[low, high]` with half their distance."""
    bounds = given if isinstance(given, list) else [given, given]
    key = f"{issue.name}.weight"
    if given is None:
        return None, Decimal(0)
    try:
        low, high = (Decimal(str(bound)) for bound in bounds)
    except (ArithmeticError, ValueError) as err:
        raise NeedInvalid("bad_value", where=where, key=key, value=str(given), why="a number or [low, high]") from err
    if not (low.is_finite() and high.is_finite() and 0 <= low <= high <= 1000):
        raise NeedInvalid("bad_value", where=where, key=key, value=str(given), why="0 to 1000, low first")
    return (low if low == high else (low + high) / 2), (high - low) / 2


def parse_mandate(table: Mapping[str, Any], where: str) -> Mandate:
    """The `[mandate]` table. Raises `NeedInvalid`."""
    known_keys(table, _MANDATE, f"{where} [mandate]")
    currency = table.get("currency", "EUR")
    try:
        total = table.get("max_total")
        money = Money.of(str(total), currency) if total is not None else None
        Money.zero(currency)
        months = table.get("max_term_months")
        deals = table.get("deals", 1)
        for key, value in (("max_term_months", months), ("deals", deals)):
            if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 0):
                raise NeedInvalid("bad_value", where=where, key=key, value=str(value), why="a whole number")
        autonomy = table.get("autonomy", "propose")
        if autonomy not in ("tell", "propose", "act"):
            raise NeedInvalid("bad_value", where=where, key="autonomy", value=str(autonomy), why="tell, propose or act")
        providers = table.get("providers", [])
        if not isinstance(providers, list) or not all(isinstance(name, str) for name in providers):
            raise NeedInvalid(
                "bad_value", where=where, key="providers", value=str(providers)[:40], why="a list of names"
            )
        return Mandate(money, currency, months, tuple(providers), deals, _moment(table.get("expires"), where), autonomy)
    except (MoneyError, ValueError) as err:
        raise NeedInvalid("bad_value", where=where, key="mandate", value=str(err)[:60], why=str(err)) from err


def _moment(raw: Any, where: str) -> datetime | None:
    """A TOML date or date-time; a date means its end, a time without zone means UTC."""
    if raw is None:
        return None
    if isinstance(raw, str):
        raw = datetime.fromisoformat(raw)
    if isinstance(raw, datetime):
        return raw if raw.tzinfo else raw.replace(tzinfo=UTC)
    if isinstance(raw, date):
        return datetime.combine(raw, time(23, 59, 59), UTC)
    raise NeedInvalid("bad_value", where=where, key="expires", value=str(raw)[:40], why="a date")


def need_from_table(
    table: Mapping[str, Any], categories: Mapping[str, Category], need_id: str, where: str, bundle: str | None = None
) -> Need:
    """A need from a parsed TOML table (the format of NEED.toml). Raises `NeedInvalid`."""
    known_keys(table, _TOP, where)
    name = str(table.get("category"))
    if name not in categories:
        near = get_close_matches(str(name), categories, 1, 0.4)
        raise NeedInvalid("unknown_category", where=where, key=str(name), nearest=near[0] if near else "",
                          known=", ".join(sorted(categories)))  # fmt: skip
    category = categories[name]
    mandate = parse_mandate(table.get("mandate", {}), where)
    wishes = []
    issues = table.get("issues", {})
    known_keys(issues, {issue.name for issue in category.issues}, f"{where} [issues]")
    for key, entry in issues.items():
        issue = category.issue(key)
        if issue is None or not isinstance(entry, dict):
            raise NeedInvalid("bad_value", where=where, key=str(key), value=str(entry)[:40], why="a table")
        wish = parse_wish(issue, entry, mandate.currency, where)
        pairs = pairs_from_tables(
            entry.get("with", []), issue, category, lambda of, raw: _value(of, raw, mandate.currency, where), where
        )
        wishes.append(replace(wish, pairs=pairs))
    leg_table = table.get("leg", {})
    known_keys(leg_table, _LEG, f"{where} [leg]")
    units = table.get("units")
    text = table.get("text", "")
    if not isinstance(text, str) or len(text) > 2000:
        raise NeedInvalid("bad_value", where=where, key="text", value=str(text)[:40], why="up to 2000 characters")
    return Need(
        need_id, category.id, text, tuple(wishes), mandate, Decimal(str(units)) if units is not None else None,
        bundle, leg_from({key: str(value) for key, value in leg_table.items()}),
    )  # fmt: skip


def need_table(path: Path) -> Mapping[str, Any]:
    """What a NEED.toml holds. Raises `NeedInvalid`."""
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as err:
        raise NeedInvalid("unreadable", where=str(path), why=err.strerror or str(err)) from err
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as err:
        raise NeedInvalid("not_toml", where=str(path), why=str(err)) from err


def read_need_file(path: Path, categories: Mapping[str, Category], need_id: str) -> Need:
    """Read a NEED.toml of one need. Raises `NeedInvalid`."""
    return need_from_table(need_table(path), categories, need_id, str(path))


def wishes_from(stored: Mapping[str, Mapping[str, str]], category: Category, currency: str) -> tuple[Wish, ...]:
    """The inverse of `Wish.texts`, for a need read from the ledger."""
    wishes = []
    for name, texts in stored.items():
        issue = category.issue(name)
        if issue is None:
            continue
        read = {key: parse_term(issue.kind, texts[key], currency=currency) if key in texts else None
                for key in ("min", "max", "want")}  # fmt: skip
        weight = Decimal(texts["weight"]) if "weight" in texts else None
        hard, spread = texts.get("hard") == "true", Decimal(texts.get("spread", "0"))
        pairs = pairs_from_text(texts.get("with", "[]"), issue, category, currency)
        wishes.append(Wish(name, read["min"], read["max"], read["want"], weight, hard, spread, pairs))
    return tuple(wishes)
