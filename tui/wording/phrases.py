"""Phrases over the view values, shared by screens and plain text: one wording, two renderings.

Every function takes the `Wording` first and returns plain strings; nothing here knows widths or colours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.wording import Wording
from tui.wording.clean import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from agent.views import (
        ComparedView,
        DigestView,
        DisclosureView,
        EffortView,
        HeldBackView,
        IncidentView,
        ItemView,
        JobView,
        LegView,
        Reason,
        Saving,
        StatusView,
        TermView,
        TurnView,
    )


_CHARGED = {"price_monthly": "month", "price_night": "night", "price": ""}
"""Issues that are a leg's price as it is charged, with what it is charged for."""


def term_value(w: Wording, term: TermView) -> str:
    """The value of a term as people write it, with its unit."""
    formats = w.formats
    if w.has(named := f"value.{term.issue}.{term.value}"):
        return w.t(named)
    match term.kind:
        case "money":
            amount, _, given = term.value.partition(" ")
            currency, _, per = term.unit.partition("/")
            shown = formats.money(amount, given or currency or "EUR")
            return shown + (f" {w.label('per', per)}" if per and w.has(f"per.{per}") else f"/{per}" if per else "")
        case "number":
            return f"{formats.number(term.value)}\N{NO-BREAK SPACE}{one_line(term.unit)}".rstrip()
        case "duration":
            shown = formats.period(term.value)
            return w.t(named, value=shown) if w.has(named := f"value.{term.issue}") else shown
        case "date":
            return formats.day(term.value, year=True)
        case "flag":
            return w.t("value.yes" if term.value in {"true", "yes", "1"} else "value.no")
        case "choice":
            return w.label("choice", term.value)
        case _:
            return one_line(term.value)


def term_pair(w: Wording, term: TermView) -> tuple[str, str]:
    """Label and value; a claimed value says so."""
    value = term_value(w, term)
    if term.standing == "claimed":
        value = w.t("term.claimed", value=value)
    return w.pick(term.label), value


def total(w: Wording, item: ItemView) -> str:
    """What the whole decision costs, all in; the fallback counts only when it is used."""
    return w.formats.money(item.total, item.currency) if item.legs else ""


def saving(w: Wording, found: Saving | None, currency: str) -> str:
    """Against what is paid today. Empty when there is nothing to compare with."""
    if found is None or (found.year1 is None and found.year2 is None):
        return ""
    parts = [_saved(w, found.year1, currency, "saving.year1")]
    if found.year2 is not None:
        parts.append(_saved(w, found.year2, currency, "saving.year2"))
    return w.t("saving.line", parts=" · ".join(part for part in parts if part))


def _saved(w: Wording, amount: str | None, currency: str, key: str) -> str:
    if amount is None:
        return ""
    less = amount.startswith("-")
    shown = w.formats.money(amount.removeprefix("-"), currency)
    return w.t(f"{key}.{'dearer' if less else 'saved'}", amount=shown)


def against(w: Wording, found: Saving | None) -> str:
    return w.t("saving.against", against=found.against) if found and found.against else ""


def title(w: Wording, item: ItemView) -> str:
    """What the decision is about; the first letter is large. The demo's events are ours and in the person's language;
    others are in their own words."""
    words = w.pick(item.title)
    if w.has(f"event.{words}"):
        words = w.t(f"event.{words}")
    return words[:1].upper() + words[1:]


def deadline(w: Wording, item: ItemView) -> str:
    if not item.deadline:
        return ""
    return w.t("item.by", moment=w.formats.moment(item.deadline))


def claimed_deadline(w: Wording, item: ItemView) -> str:
    """Their pressure, marked as theirs."""
    return w.t("item.claimed_by", moment=w.formats.moment(item.claimed_deadline)) if item.claimed_deadline else ""


def undo(w: Wording, item: ItemView) -> str:
    return w.t("item.undo_until", moment=w.formats.moment(item.undo_until)) if item.undo_until else ""


def score(w: Wording, leg: LegView) -> str:
    """The provider's score of 100, or that we have no history yet."""
    return w.t("leg.no_score") if leg.provider_score is None else w.t("leg.score", score=leg.provider_score)


def leg_price(w: Wording, leg: LegView) -> str:
    """The leg's price as it is charged (a month, a night), else its total."""
    for term in leg.terms:
        if term.kind == "money" and term.issue in _CHARGED:
            shown, per = term_value(w, term), _CHARGED[term.issue]
            return shown if "/" in term.unit or not per else f"{shown} {w.label('per', per)}"
    return w.formats.money(leg.total, leg.currency)


def certainty(w: Wording, leg: LegView) -> str:
    sure = w.label("certainty", leg.certainty)
    if leg.channel == "a2a":
        return sure
    return f"{sure}, {w.label('channel', leg.channel)}"


def leg_role(w: Wording, leg: LegView, legs: Iterable[LegView]) -> str:
    """What a fallback waits for and until when it can be cancelled. Empty for a main leg."""
    if leg.role != "fallback":
        return ""
    slips = next((w.pick(one.category_label) for one in legs if one.need == leg.fallback_for), "")
    role = w.t("leg.fallback", leg=slips) if slips else w.t("leg.fallback_any")
    if leg.cancel_until:
        role += ", " + w.t("leg.cancel_until", day=w.formats.day(leg.cancel_until))
    return role


def data_cost(w: Wording, item: ItemView) -> str:
    """What the decision costs in personal data: fields -> firms."""
    named: dict[str, str] = {}
    firms: set[str] = set()
    until = ""
    for leg in item.legs:
        for datum in leg.data:
            named.setdefault(datum.get("category", "?"), datum.get("granularity", ""))
            firms.add(leg.provider_id)
            until = max(until, datum.get("until") or "")
    if not named:
        return w.t("data.none")
    fields = ", ".join(datum_name(w, category, granularity) for category, granularity in named.items())
    line = w.n("data.line", len(firms), fields=fields)
    return line + (", " + w.t("data.until", day=w.formats.day(until)) if until else "")


def datum_name(w: Wording, category: str, granularity: str) -> str:
    """`postal code (region)`; exact values are named without the bracket."""
    name = w.label("data", category)
    if not granularity or granularity == "exact":
        return name
    return f"{name} ({w.label('granularity', granularity)})"


def because(w: Wording, reasons: Iterable[Reason]) -> str:
    """All reasons in one line, each said once; the first letter is large."""
    line = " · ".join(dict.fromkeys(w.say(reason) for reason in reasons))
    return line[:1].upper() + line[1:]


def act(w: Wording, turn: TurnView) -> str:
    """What a turn did; several acts in one message are joined."""
    group = "act.ours" if is_ours(turn) else "act"
    acts = dict.fromkeys(turn.act.split(" + "))
    return ", ".join(w.label(group if w.has(f"{group}.{one}") else "act", one) for one in acts)


def is_ours(turn: TurnView) -> bool:
    return turn.party in {"us", "ours"}


def note(w: Wording, reason: Reason) -> str:
    """A note, with the company in front when one is named."""
    provider = reason.params.get("provider", "")
    said = w.say(reason)
    return f"{one_line(provider)}: {said}" if provider else said[:1].upper() + said[1:]


def compared_name(w: Wording, one: ComparedView) -> str:
    """The company, with the door where it was asked at several."""
    return f"{one.provider}, {w.label('channel', one.door)}" if one.door else one.provider


def company(incident: IncidentView, names: Mapping[str, str]) -> str:
    """Who an incident is about, by name."""
    named = incident.reason.params.get("provider") or names.get(incident.provider or "") or incident.provider
    return one_line(named or "")


def lead(w: Wording, digest: DigestView) -> str:
    """The one sentence a reader needs first."""
    odd = sum(item.state in {"mismatch", "partly"} for item in digest.items)
    if odd:
        return w.n("digest.lead.odd", odd)
    waiting = sum(item.state == "waiting" for item in digest.items)
    if waiting:
        return w.n("digest.lead", waiting)
    return w.t("digest.lead.done") if digest.items else w.t("digest.lead.empty")


def counts(w: Wording, digest: DigestView) -> str:
    """`3 decisions · 2 notes · 11 held back · 2 talks running`"""
    waiting = sum(item.state == "waiting" for item in digest.items)
    return " · ".join(
        (
            w.n("count.decisions", waiting),
            w.n("count.notes", len(digest.notes)),
            w.n("count.held_back", digest.held_back.total),
            *([w.n("count.talks", digest.running)] if digest.running else []),
        )
    )


def quiet(w: Wording, reasons: Iterable[Reason], spent: EffortView | None = None) -> str:
    """What was done quietly, and what settled cases took of the person: one line, cut at its end where it is long."""
    said = ", ".join(w.say(reason) for reason in reasons if reason.params.get("count") != "0")
    done = w.t("digest.quiet", done=said) if said else ""
    took = ""
    if spent is not None and spent.cases:
        keys, seconds = (w.formats.number(str(round(what / spent.cases))) for what in (spent.keys, spent.seconds))
        took = w.t("digest.effort", keys=keys, seconds=seconds)
    return " · ".join(part for part in (done, took) if part)


def effort(w: Wording, spent: EffortView) -> str:
    """`3 settled cases: 1.3 decisions, 4 keys, 21 s of yours each (2 measured)`"""
    each = {name: f"{getattr(spent, name) / spent.cases:.1f}" for name in ("decisions", "keys", "seconds")}
    shown = {name: w.formats.number(value) for name, value in each.items()}
    return w.n("status.effort", spent.cases, **shown, measured=w.formats.number(str(spent.measured)))


@dataclass(frozen=True, slots=True)
class _Coded:
    code: str
    params: Mapping[str, str]


def held_why(w: Wording, row: Mapping[str, str]) -> str:
    """Why one was not shown; of a note that had no room also what it says."""
    why = w.label("held", row.get("reason", ""))
    return f"{why}: {w.say(_Coded(row['code'], row))}" if row.get("code") else why


def held_back(w: Wording, held: HeldBackView) -> str:
    """`11 held back: 6 dearer than another offer, 3 incomplete, ...`"""
    if not held.total:
        return ""
    reasons = ", ".join(
        f"{w.formats.number(str(count))} {w.label('held', code)}"
        for code, count in sorted(held.by_reason.items(), key=lambda pair: -pair[1])
    )
    return w.n("digest.held_back", held.total, reasons=reasons)


def disclosure_until(w: Wording, one: DisclosureView) -> str:
    if not one.released:
        return w.t("disclosure.refused")
    if one.withdrawn:
        return w.t("disclosure.withdrawn", day=w.formats.day(one.withdrawn))
    return w.formats.day(one.until, year=True) if one.until else w.t("disclosure.no_end")


def mapping_words(row: Mapping[str, str]) -> str:
    """The words of a rule, preference, need or contract, whatever its table calls them."""
    for name in ("words", "text", "name", "title", "id"):
        if row.get(name):
            return one_line(row[name])
    return ""


def evidence(w: Wording, row: Mapping[str, str]) -> str:
    """A wish that counted, or what a rule let a company learn and what it kept from it."""
    named = mapping_words({**row, "id": ""})
    words = w.t("quote", words=named) if named else ""
    if what := row.get("data_category"):
        decided, company = row.get("decision", ""), one_line(row.get("provider", ""))
        if w.has(f"granularity.{decided}"):
            how = w.label("granularity", decided)
            return w.t("why.told", provider=company, what=w.label("data", what), how=how, words=words).rstrip()
        because = words or w.label("refusal", decided)
        return w.t("why.withheld", provider=company, what=w.label("data", what), words=because)
    about = w.label("issue", row["issue"]) if row.get("issue") else ""
    return w.t("why.wish", words=words, about=about, id=row.get("id", "")) if about else words


def job_cells(w: Wording, job: JobView, this_year: str) -> tuple[str, str, str, str]:
    """Kind, next run, last run, what the last run did. Another year than `this_year` is shown, its hour is not."""

    def moment(iso: str | None) -> str:
        if not iso:
            return w.t("job.none")
        local = w.formats.local(iso)
        near = local is None or str(local.year) == this_year
        return w.formats.moment(iso) if near else w.formats.day(iso, year=True)

    moments = [moment(one) for one in (job.next_run, job.last_run)]
    return w.label("job", job.kind), moments[0], moments[1], job_outcome(w, job)


def job_outcome(w: Wording, job: JobView) -> str:
    """What the last run of a job did: `3 items` on a digest, `5 new` mails, the new need of a market asked again."""
    count, _, what = (job.last_result or "").partition(" ")
    if what in ("items", "new") and count.isdigit():
        return w.n(f"job.result.{what}", int(count))
    if job.kind == "retender" and job.last_result:
        return w.t("job.result.asked")
    return w.label("job.result", job.last_result) if job.last_result else ""


def job_rows(w: Wording, status: StatusView) -> list[tuple[str, str, str, str]]:
    """A row for each job; equal ones are counted instead of repeated."""
    counted: dict[tuple[str, str, str, str], int] = {}
    for job in status.jobs:
        cells = job_cells(w, job, year_of(w, status))
        counted[cells] = counted.get(cells, 0) + 1
    return [(f"{cells[0]} (×{count})" if count > 1 else cells[0], *cells[1:]) for cells, count in counted.items()]


def year_of(w: Wording, status: StatusView) -> str:
    """The year of the next thing that happens; empty when nothing is planned."""
    soonest = w.formats.local(min((job.next_run for job in status.jobs if job.next_run), default=""))
    return str(soonest.year) if soonest is not None else ""


def empty_digest(w: Wording, digest: DigestView) -> str:
    """What goes on although nothing waits."""
    done = [w.say(reason) for reason in digest.quiet if reason.params.get("count") != "0"]
    done += [w.n("count.held_back", digest.held_back.total), w.n("count.talks", digest.running)]
    line = ", ".join(done)
    return line[:1].upper() + line[1:] + "."
