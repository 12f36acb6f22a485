"""A need read back as one sentence, several as one each: what was understood, what is a must, what was not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tui.wording import Wording
from tui.wording.clean import one_line


def sentences(w: Wording, made: Mapping[str, Any]) -> list[str]:
    """One for a need; for several what holds for all of them, then one for each."""
    needs = made.get("needs")
    if not needs:
        return [sentence(w, made)]
    cap = str(made.get("cap") or "")
    key = "need.together.cap" if cap else "need.together"
    return [w.n(key, len(needs), cap=value_of(w, cap) if cap else ""), *(sentence(w, one) for one in needs)]


def sentence(w: Wording, made: Mapping[str, Any]) -> str:
    """`Mobile plan: data volume at least 20 (must), price per month at most €20.00 (must).`"""
    wishes = made.get("wishes") or {}
    parts = [_units(w, made)] if made.get("units") else []
    parts += [_wish(w, issue, wish) for issue, wish in wishes.items()] if isinstance(wishes, Mapping) else []
    mandate = made.get("mandate") or {}
    if total := mandate.get("max_total"):
        parts.append(w.t("need.total", value=w.formats.money(str(total), str(mandate["currency"]))))
    if slips := (made.get("leg") or {}).get("only_if_slips"):
        parts.append(w.t("need.only_if_slips", category=w.label("category", str(slips))))
    category = w.label("category", str(made.get("category", "")))
    return f"{category}: {', '.join(parts)}." if parts else f"{category}."


def wish(w: Wording, made: Mapping[str, Any]) -> str:
    """What is understood of a lasting wish: its terms, or that it is kept as words."""
    if not made.get("wishes"):
        return w.t("wishes.only_words")
    everything = w.t("form.all_categories")
    return sentence(w, made) if made.get("category") else sentence(w, made).replace(": ", f"{everything}: ", 1)


def missed(w: Wording, made: Mapping[str, Any]) -> str:
    """What nobody understood; empty when all was."""
    words = made.get("not_understood") or ()
    return w.t("need.missed", words=", ".join(map(str, words))) if words else ""


def _units(w: Wording, made: Mapping[str, Any]) -> str:
    """`2 nights`, `2,100 kWh`."""
    units, key = str(made["units"]), f"count.units.{made.get('category')}"
    count = w.formats.number(units)
    return w.t(f"{key}.one" if units == "1" else key, count=count) if w.has(key) else count


def _wish(w: Wording, issue: str, wish: Mapping[str, Any]) -> str:
    parts = [w.label("issue", issue)]
    parts += [
        w.t(f"need.{bound}", value=value_of(w, str(wish[bound]))) for bound in ("min", "max", "want") if wish.get(bound)
    ]
    if str(wish.get("hard", "")).lower() == "true":
        parts.append(w.t("need.must"))
    return " ".join(parts)


def value_of(w: Wording, value: str) -> str:
    """A canonical value without its kind: money, a period, yes or no, a day, a number or a word."""
    amount, _, currency = value.partition(" ")
    if currency.isalpha() and len(currency) == 3 and currency.isupper():
        return w.formats.money(amount, currency)
    if value.startswith("P") and value[1:2].isdigit():
        return w.formats.period(value)
    if value in {"true", "false"}:
        return w.t("value.yes" if value == "true" else "value.no")
    if len(value) == 10 and value[4:5] == "-":
        return w.formats.day(value, year=True)
    return w.formats.number(value) if value.replace(".", "").isdigit() else one_line(w.label("choice", value))
