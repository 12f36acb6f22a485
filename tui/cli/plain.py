"""Plain text of the views: at most 80 columns, no colour, good to read and to hear. The twin of the screens."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from tui.cli.spoken import row as spoken_row
from tui.cli.spoken import spoken
from tui.wording import phrases
from tui.wording.clean import clean, one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from agent.views import (
        DigestView,
        DisclosureView,
        HeldBackView,
        IncidentView,
        ItemView,
        LegView,
        ProviderView,
        Reason,
        StatusView,
        TalkView,
        TurnView,
        WhyView,
    )
    from tui.wording import Wording

WIDTH = 78


def fold(text: str, first: str = "", rest: str | None = None) -> list[str]:
    """`text` in lines of at most `WIDTH`, with a prefix for the first and the following lines."""
    if not text:
        return []
    if spoken():
        return [first + " ".join(one_line(text).split())]
    hanging = " " * len(first) if rest is None else rest
    return textwrap.wrap(one_line(text), WIDTH, initial_indent=first, subsequent_indent=hanging, break_on_hyphens=False)


def table(rows: Sequence[Sequence[str]], header: Sequence[str] = (), wide: int = -1) -> list[str]:
    """Columns padded to their widest cell; the column `wide` (default the last) takes what is left and folds."""
    everything = [tuple(map(one_line, row)) for row in ([header, *rows] if header else rows)]
    if not everything:
        return []
    if spoken():
        return [spoken_row(row, map(one_line, header)) for row in everything[bool(header) :]]
    widths = [max(1, *(len(row[number]) for row in everything)) for number in range(len(everything[0]))]
    wide %= len(widths)
    left = WIDTH - sum(widths) - 2 * (len(widths) - 1) + widths[wide]
    widths[wide] = min(widths[wide], max(left, 16))
    return [line for row in everything for line in _row(row, widths)]


def _row(row: Sequence[str], widths: Sequence[int]) -> Iterator[str]:
    cells = [textwrap.wrap(cell, width) or [""] for cell, width in zip(row, widths, strict=True)]
    for number in range(max(map(len, cells))):
        parts = (cell[number] if number < len(cell) else "" for cell in cells)
        yield "  ".join(part.ljust(width) for part, width in zip(parts, widths, strict=True)).rstrip()


def digest(w: Wording, view: DigestView) -> Iterator[str]:
    """The digest: the sentence that matters, cards, notes, what was done quietly, what was held back."""
    if view.stopped:
        yield w.t("digest.stopped", key="`gegenbot resume`")
    if view.made_at:
        yield from fold(f"{w.formats.moment(view.made_at, year=True)} · {phrases.counts(w, view)}")
    yield phrases.lead(w, view)
    for item in view.items:
        yield ""
        yield from card(w, item)
    if view.notes:
        yield ""
        for note in view.notes:
            yield from fold(phrases.note(w, note.reason), " - ")
    yield ""
    yield from fold(phrases.quiet(w, view.quiet, view.effort))
    yield from fold(phrases.held_back(w, view.held_back))
    if view.to_carry:
        yield from fold(f"{w.n('digest.to_carry', view.to_carry)} `gegenbot drafts`")
    if view.next_look:
        yield w.t("digest.next_look", moment=w.formats.moment(view.next_look))
    if any(item.state == "waiting" for item in view.items):
        yield ""
        yield w.t("plain.next_steps")


def card(w: Wording, item: ItemView) -> Iterator[str]:
    """One decision in a few lines."""
    indent = "   "
    yield from fold(phrases.title(w, item), f"{item.number}. ")
    money = [phrases.total(w, item), phrases.saving(w, item.saving, item.currency)]
    yield from fold("; ".join(part for part in money if part), indent)
    when = phrases.deadline(w, item) if item.state == "waiting" else w.label("item.state", item.state)
    claimed = phrases.claimed_deadline(w, item) if item.state == "waiting" else ""
    yield from fold(" · ".join(part for part in (when, claimed, phrases.undo(w, item)) if part), indent)
    for leg in item.legs:
        yield from fold(leg_line(w, item, leg), f"{indent}* ", f"{indent}  ")
    if item.legs:
        yield from fold(phrases.data_cost(w, item), indent)
    yield from fold(w.t("item.because", because=phrases.because(w, item.because)), indent)
    for reason in item.over_limit:
        yield from fold(f"! {w.t('item.over_limit')}: {w.say(reason)}", indent)


def leg_line(w: Wording, item: ItemView, leg: LegView) -> str:
    parts = (
        w.pick(leg.category_label),
        phrases.leg_price(w, leg),
        phrases.certainty(w, leg),
        phrases.leg_role(w, leg, item.legs),
    )
    return f"{one_line(leg.provider)} ({phrases.score(w, leg)}): " + ", ".join(part for part in parts if part)


def item_terms(w: Wording, item: ItemView) -> Iterator[str]:
    """The card with every term of every leg: what an approval binds."""
    yield from card(w, item)
    for leg in item.legs:
        yield ""
        yield f"   {one_line(leg.provider)} · {w.pick(leg.category_label)}"
        for label, value in (phrases.term_pair(w, term) for term in leg.terms):
            yield from fold(value, f"     {label + ':':<26} ")
        yield from fold(w.formats.money(leg.total, leg.currency), f"     {w.t('leg.total') + ':':<26} ")
    yield ""
    yield f"   {w.t('approval.hash', hash=item.approval_hash[:8])}"


def reasons(w: Wording, found: Iterable[Reason], bullet: str = " - ") -> Iterator[str]:
    for said in dict.fromkeys(phrases.note(w, reason) for reason in found):
        yield from fold(said, bullet)


def why(w: Wording, view: WhyView) -> Iterator[str]:
    """Why a card is there: reasons, wishes, rules, and what it was compared with."""
    yield from fold(phrases.title(w, view.item), f"{view.item.number}. ")
    yield ""
    yield from reasons(w, view.because)
    if view.share_of_best:
        yield from fold(w.t("why.share", percent=w.formats.percent(view.share_of_best)), " - ")
    for key, rows in (("why.preferences", view.preferences), ("why.rules", view.rules)):
        if rows:
            yield ""
            yield w.t(key) + ":"
            for said in dict.fromkeys(phrases.evidence(w, row) for row in rows):
                yield from fold(said, " - ")
    if view.compared:
        yield ""
        yield w.t("why.compared")
        yield from table(
            [
                (
                    phrases.compared_name(w, one),
                    w.label("talk.state", one.state),
                    w.formats.money(one.total, one.currency) if one.total else "",
                    w.say(one.excluded) if one.excluded else w.t("why.chosen"),
                )
                for one in view.compared
            ]
        )


def talk(w: Wording, view: TalkView) -> Iterator[str]:
    """A whole transcript; their words are set off and quoted."""
    state = w.label("talk.state", view.state)
    yield from fold(f"{one_line(view.provider)} · {w.label('category', view.category)} · {state}")
    for turn in view.turns:
        yield ""
        yield from turn_lines(w, view.provider, turn)


def turn_lines(w: Wording, provider: str, turn: TurnView) -> Iterator[str]:
    ours = phrases.is_ours(turn)
    who = w.t("talk.we") if ours else one_line(provider)
    yield f"{w.t('talk.round', round=turn.round)}  {who}: {phrases.act(w, turn)}"
    terms = ", ".join(f"{label} {value}" for label, value in (phrases.term_pair(w, one) for one in turn.terms))
    yield from fold(terms, "    ")
    if turn.ours:
        yield from fold(w.t("quote", words=turn.ours), "    ")
    if turn.theirs and spoken():
        said = w.t("quote", words=" ".join(one_line(turn.theirs).split()))
        yield f"{w.t('talk.theirs', provider=one_line(provider))} {said}"
    elif turn.theirs:
        for line in clean(turn.theirs).split("\n"):
            yield from fold(line, "    > ", "    > ")
    if turn.reason:
        yield from fold(w.say(turn.reason), "    = ", "      ")


def talks(w: Wording, found: Sequence[TalkView]) -> Iterator[str]:
    """One line for each talk, its name first: `gegenbot talk NAME` opens it."""
    if not found:
        yield w.t("talks.empty")
    for one in found:
        parts = (one_line(one.provider), w.label("category", one.category), w.label("talk.state", one.state))
        yield from fold(" · ".join(parts), f"{_short(one.negotiation)}  ", "    ")


def _short(identifier: str) -> str:
    """Enough of a machine-made id to name it; a readable one whole."""
    return identifier[:8] if len(identifier) >= 32 and "-" not in identifier else identifier


def disclosures(w: Wording, found: Sequence[DisclosureView]) -> Iterator[str]:
    """Who learned what, under which rule, until when: two lines each, so that nothing is squeezed."""
    if not found:
        yield w.t("disclosures.empty")
    for one in found:
        what = f"{w.pick(one.label)} ({w.label('granularity', one.granularity)})" if one.released else w.pick(one.label)
        until = phrases.disclosure_until(w, one)
        yield from fold(f"{w.formats.moment(one.at)}  {one_line(one.provider)}: {what}, {until}")
        rule = w.t("disclosure.rule", rule=one.rule_text) if one.rule_text else w.t("disclosure.no_rule")
        yield from fold(rule, "    ")


def held(w: Wording, view: HeldBackView) -> Iterator[str]:
    """What was not shown and why, with the sample, numbered for `held --missed`."""
    yield from fold(phrases.held_back(w, view) or w.t("held.empty"))
    if view.total > len(view.sample):
        yield from fold(w.n("held.drawn", len(view.sample)))
    for number, row in enumerate(view.sample, 1):
        yield from fold(held_line(w, row), f"{number:>2}. ")


def held_line(w: Wording, row: Mapping[str, str]) -> str:
    total = w.formats.money(row.get("total") or None, row.get("currency") or "EUR")
    reason = phrases.held_why(w, row)
    category = w.label("category", row["category"]) if row.get("category") else ""
    named = ", ".join(part for part in (row.get("provider", ""), category, total if row.get("total") else "") if part)
    return f"{named}: {reason}" if named else reason


def incidents(w: Wording, found: Sequence[IncidentView], names: Mapping[str, str]) -> Iterator[str]:
    """One line for each thing that happened, a day's first under its date."""
    if not found:
        yield w.t("live.empty.title")
    day = ""
    for one in found:
        if (today := w.formats.day(one.at, year=True)) != day:
            day = today
            yield f"{day}:"
        company, said = phrases.company(one, names), w.say(one.reason)
        text = f"{one_line(company)}: {said}" if company else said[:1].upper() + said[1:]
        yield from fold(text, f"{w.formats.clock(one.at)}  ")


def provider(w: Wording, view: ProviderView) -> Iterator[str]:
    """A provider's score as the sum it is: parts, weights, and the events behind each."""
    score = w.t("leg.no_score") if view.score is None else w.t("leg.score", score=view.score)
    yield f"{one_line(view.name)} · {score} · {w.label('trust', view.trust)}"
    rows = [
        (
            w.label("score", part.name),
            str(part.value),
            f"× {part.weight}",
            w.t("score.counts", good=part.good, bad=part.bad),
        )
        for part in view.parts
        if part.value is not None
    ]
    yield from table(rows)
    yield from (fold(w.t("score.none", part=w.label("score", p.name)))[0] for p in view.parts if p.value is None)
    if view.score is not None:
        points = " + ".join(f"{part.value}×{part.weight}" for part in view.parts if part.value is not None)
        weight = sum(part.weight for part in view.parts)
        yield from fold(w.t("score.sum", points=points, weight=weight, felt=f"{view.felt:+d}", score=view.score))
    yield w.n("score.talks", view.talks, agreed=view.agreed)


def status(w: Wording, view: StatusView) -> Iterator[str]:
    """The runner, what is under way, and the jobs."""
    if view.stopped:
        yield w.t("digest.stopped", key="`gegenbot resume`")
    else:
        runner = view.runner if w.has(f"status.runner.{view.runner}") else "none"
        yield w.t(f"status.runner.{runner}", pid=view.runner_pid or "?")
    yield " · ".join(
        (w.n("status.needs", view.needs), w.n("count.talks", view.talks), w.n("status.waiting", view.waiting))
    )
    yield w.t("status.vault", state=w.label("vault", view.vault))
    yield w.t("status.embedder", embedder=w.label("embedder", view.embedder))
    if view.effort is not None and view.effort.cases:
        yield phrases.effort(w, view.effort)
    if view.embedding:
        done, _, total = view.embedding.partition("/")
        yield w.t("status.embedding", done=w.formats.number(done), total=w.formats.number(total))
    yield w.n("status.events", view.ledger_events)
    if view.next_look:
        yield w.t("digest.next_look", moment=w.formats.moment(view.next_look))
    if view.jobs:
        yield ""
        header = tuple(w.t(f"job.col.{name}") for name in ("what", "next", "last", "outcome"))
        yield from table(phrases.job_rows(w, view), header)


COLUMNS: Mapping[str, tuple[str, ...]] = {
    "rules": ("number", "effect", "text"),
    "contracts": ("category", "provider", "monthly", "end"),
    "providers": ("name", "trust", "categories", "channel"),
    "needs": ("category", "state", "window_ends"),
    "preferences": ("id", "words", "hard", "counts"),
    "facts": ("category", "label", "source"),
    "limits": ("category", "autonomy", "max_total", "currency", "max_term_months"),
    "wishes": ("id", "words", "category", "hard"),
    "doctor": ("check", "state", "detail"),
}
"""What a list shows; `--json` has everything."""


def _clock(w: Wording, row: Mapping[str, str]) -> Mapping[str, str]:
    """The doctor's moments as people read them."""
    names = ("detail", "last") if row["check"] == "clock" else ()
    return {name: w.formats.moment(row[name], year=True) for name in names if name in row}


def checkup(w: Wording, found: Sequence[Mapping[str, str]]) -> Iterator[str]:
    """The doctor's table, then for each problem what to do."""
    found = [{**row, **_clock(w, row)} for row in found]
    yield from rows(w, found, "doctor")
    for state in ("bad", "note"):
        for row in found:
            if row["state"] == state and row.get("remedy"):
                yield ""
                yield from fold(w.t(f"doctor.do.{row['remedy']}", **row), f"{w.label('check', row['check'])}: ")


def rows(w: Wording, found: Sequence[Mapping[str, str]], group: str) -> list[str]:
    """Rules, contracts, providers, needs, facts: the columns that help to read, equal rows once."""
    if not found:
        return [w.t(f"{group}.empty")]
    given = dict.fromkeys(name for row in found for name in row)
    names = [name for name in COLUMNS.get(group, tuple(given)) if name in given] or list(given)
    header = [w.label("col", name) for name in names]
    wide = next((names.index(name) for name in ("text", "words", "detail", "monthly", "name") if name in names), -1)
    cells = dict.fromkeys(tuple(w.cell(name, row.get(name) or "") for name in names) for row in found)
    return table(list(cells), header, wide)
