"""The interview, what was learned, and days of sorted messages, as sentences for the command line and the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tui.wording import Wording
from tui.wording.clean import one_line
from tui.wording.phrases import term_pair, term_value

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agent.views import LearnedView, QuestionView, TermView

_BOUNDS = {"<=": "learned.most", ">=": "learned.least"}
_YES, _NO = ("y", "yes", "j", "ja"), ("n", "no", "nein")


def question(w: Wording, asked: QuestionView) -> list[str]:
    """The question in at most a few short lines."""
    head = w.t("interview.number", number=asked.number, most=asked.most, category=w.pick(asked.category_label))
    match asked.kind:
        case "never":
            listed = [
                w.t("interview.side", number=f"{at:2}", terms=": ".join(term_pair(w, term)))
                for at, term in enumerate(asked.first, 1)
            ]
            return [head, w.t("interview.never"), *listed]
        case "still_good":
            return [head, w.t("interview.still_good", term=": ".join(term_pair(w, asked.first[0])))]
        case "release":
            params = {"data": w.label("data", asked.data), "rung": w.label("granularity", asked.granularity)}
            key = "interview.release" if asked.granularity == "exact" else "interview.release.rough"
            return [head, w.t(key, **params), *_listed(w, asked)]
        case "autonomy":
            return [head, w.t("interview.autonomy"), *_listed(w, asked)]
        case _:
            sides = [
                w.t("interview.side", number=at, terms=_terms(w, side))
                for at, side in enumerate((asked.first, asked.second), 1)
            ]
            return [head, w.t("interview.pair"), *sides]


def _listed(w: Wording, asked: QuestionView) -> list[str]:
    return [w.t("interview.side", number=key, terms=said) for key, said in choices(w, asked)]


def choices(w: Wording, asked: QuestionView) -> list[tuple[str, str]]:
    """The answers to choose from, each with its key; of `never` every one may be marked."""
    match asked.kind:
        case "never":
            return [(str(at), ": ".join(term_pair(w, term))) for at, term in enumerate(asked.first, 1)]
        case "still_good":
            return [("1", w.t("interview.choice.yes")), ("2", w.t("interview.choice.no"))]
        case "pair":
            sides = [(str(at), _terms(w, side)) for at, side in enumerate((asked.first, asked.second), 1)]
            return [*sides, ("=", w.t("interview.choice.alike"))]
        case "release":
            return [
                (key, w.t(f"interview.choice.{one}")) for key, one in zip("123", ("may", "ask", "nobody"), strict=True)
            ]
        case _:
            return [
                (key, w.t(f"interview.choice.{one}"))
                for key, one in zip("12=", ("tell", "propose", "stay"), strict=True)
            ]


def keyed_answer(asked: QuestionView, key: str) -> str:
    """What a key means, as the facade takes it."""
    return {"1": "yes", "2": "no"}[key] if asked.kind == "still_good" else key


def _terms(w: Wording, terms: Sequence[TermView]) -> str:
    return " · ".join(": ".join(term_pair(w, term)) for term in terms)


def typed_answer(w: Wording, asked: QuestionView, said: str) -> str:
    """What a person typed in either language, as the facade takes it; what does not fit goes on as it is."""
    plain = said.strip().lower()
    match asked.kind:
        case "never":
            numbers = [one.strip() for one in plain.split(",") if one.strip()]
            if all(one.isdigit() and 1 <= int(one) <= len(asked.first) for one in numbers):
                return ",".join(asked.first[int(one) - 1].issue for one in numbers)
            return plain
        case "still_good":
            return "yes" if plain in _YES else "no" if plain in _NO else plain
        case _:
            return plain


def learned(w: Wording, one: LearnedView) -> str:
    """One learned entry with where it comes from."""
    category, issue = w.pick(one.category_label), w.pick(one.label)
    if one.percent is not None:
        said = w.t("learned.weight", category=category, issue=issue, percent=one.percent)
    else:
        bound = term_value(w, one.bound) if one.bound is not None else ""
        said = w.t(_BOUNDS.get(one.op, "learned.is"), category=category, issue=issue, bound=bound)
    if one.context:
        said = w.t("learned.context", said=said, context=one.context)
    return w.n("learned.from", one.evidence, said=said, id=one.id)


def sorted_day(w: Wording, row: Mapping[str, Any]) -> list[str]:
    """One day of messages: its lines, and one line of what was held back. A day without anything is one line."""
    day = w.formats.day(row["day"], year=True)
    shown = [_sorted_line(w, one) for one in (*row["decisions"], *row["notes"])]
    held: Mapping[str, int] = row["held_back"]
    reasons = ", ".join(
        f"{w.formats.number(str(count))} {w.label('held', code)}"
        for code, count in sorted(held.items(), key=lambda pair: (-pair[1], pair[0]))
    )
    last = [w.n("sorted.held", sum(held.values()), reasons=reasons)] if held else []
    if not shown:
        return [f"{day}  " + (" ".join(last) or w.t("sorted.nothing"))]
    return [day, *(f"  {line}" for line in shown), *(f"  {line}" for line in last)]


def _sorted_line(w: Wording, one: Mapping[str, Any]) -> str:
    said = w.label("notice", one["kind"])
    parts = [f"{one_line(one['company'])}: {said}"]
    if one["total"]:
        amount, _, currency = one["total"].partition(" ")
        parts.append(w.formats.money(amount, currency or "EUR"))
    if one["day"]:
        parts.append(w.t("sorted.until", day=w.formats.day(one["day"], year=True)))
    return " · ".join((*parts, w.n("sorted.sources", len(one["sources"]))))
