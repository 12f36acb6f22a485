"""How well the bot bargains: one duel drawn as text, or a table over all styles of simulated companies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import click

from tui.cli.session import Session, pass_session
from tui.cli.spoken import spoken
from tui.cli.verb import LazyGroup, Verb, option, reading_options
from tui.wording import Wording

WIDE, HIGH = 61, 17
"""Cells of the plot: worth to us to the right, the company's gain upwards."""

rounds_option = option("--rounds", type=click.IntRange(2, 200), default=12, show_default=True, help="cli.opt.rounds")


class _Group(LazyGroup):
    """`duel` and `report`, functions of this module."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return {"duel": duel, "report": report}.get(cmd_name)


arena = _Group("arena", lazy=dict.fromkeys(("duel", "report"), "tui.cli.arena"), key="cli.arena")


@click.command("duel", cls=Verb, key="cli.arena.duel")
@option("--style", default="ladder", show_default=True, help="cli.opt.style")
@option("--seed", type=click.IntRange(0), default=1, show_default=True, help="cli.opt.seed")
@option("--category", default="mobile_plan", show_default=True, help="cli.opt.arena_category")
@option("--buyer", default="gegenbot", show_default=True, help="cli.opt.buyer")
@rounds_option
@reading_options
@pass_session
def duel(session: Session, style: str, seed: int, category: str, buyer: str, rounds: int, as_json: bool) -> None:
    from agent.running import arena_duel

    found = arena_duel(style, seed, category=category, buyer=buyer, rounds=rounds)
    if as_json:
        session.json(found)
    else:
        session.lines(duel_lines(session.words, found))


@click.command("report", cls=Verb, key="cli.arena.report")
@option("--style", "styles", multiple=True, help="cli.opt.styles")
@option("--seeds", type=click.IntRange(1, 10_000), default=12, show_default=True, help="cli.opt.seeds")
@option("--first", type=click.IntRange(0), default=1, show_default=True, help="cli.opt.first_seed")
@rounds_option
@reading_options
@pass_session
def report(session: Session, styles: tuple[str, ...], seeds: int, first: int, rounds: int, as_json: bool) -> None:
    from agent.running import arena_report

    def on_style(style: str) -> None:
        session.tell("arena.under_way", style=session.words.label("arena.style", style))

    found = arena_report(styles, seeds=seeds, first=first, rounds=rounds, on_style=on_style)
    if as_json:
        session.json(found)
    else:
        session.lines(report_lines(session.words, found))


def duel_lines(w: Wording, found: Mapping[str, Any]) -> Iterator[str]:
    """What came of it, both sides' worths as a plot, then every offer with its two worths."""
    from tui.cli.plain import fold, table

    category, style = w.label("category", found["category"]), w.label("arena.style", found["style"])
    buyer = w.label("arena.buyer", found["buyer"])
    yield from fold(w.t("arena.head", category=category, style=style, seed=found["seed"], buyer=buyer))
    yield from fold(_outcome(w, found))
    yield ""
    if not spoken():
        yield from plot(w, found)
        yield ""
    header = [w.t(f"arena.col.{name}") for name in ("round", "who", "worth", "gain")]
    rows = [
        [
            str(one["round"]),
            w.t("talk.we") if one["ours"] else style,
            _percent(w, one["worth"]),
            _percent(w, one["gain"]),
        ]
        for one in found["points"]
    ]
    yield from table(rows, header, wide=1)


def _outcome(w: Wording, found: Mapping[str, Any]) -> str:
    deal = found["deal"]
    if found["share"] is None:
        return w.t("arena.no_zone", round=found["rounds"])
    if deal is None:
        return w.t("arena.no_deal", round=found["rounds"])
    return w.t("arena.deal", round=found["rounds"], worth=_percent(w, deal["worth"]), share=_percent(w, found["share"]))


def _percent(w: Wording, share: str) -> str:
    return w.formats.percent(f"{100 * float(share):.0f}")


def plot(w: Wording, found: Mapping[str, Any]) -> Iterator[str]:
    """The plane of both sides' worths: later marks lie over earlier ones, the deal over all."""
    cells = [[" "] * WIDE for _ in range(HIGH)]
    limit = _column(float(found["limit"]))
    for row in cells:
        row[limit] = ":"
    marks = [(float(worth), float(gain), ".") for worth, gain in found["frontier"]]
    marks += [(float(one["worth"]), float(one["gain"]), "o" if one["ours"] else "x") for one in found["points"]]
    if found["deal"] is not None:
        marks.append((float(found["deal"]["worth"]), float(found["deal"]["gain"]), "@"))
    for worth, gain, mark in marks:
        cells[HIGH - 1 - round(min(1.0, max(0.0, gain)) * (HIGH - 1))][_column(worth)] = mark
    yield w.t("arena.axis.gain")
    for number, row in enumerate(cells):
        tick = {0: "100", HIGH // 2: "50", HIGH - 1: "0"}.get(number, "")
        yield f"{tick:>4} |{''.join(row)}".rstrip()
    yield f"     +{'-' * WIDE}"
    yield f"      0{'50':>{WIDE // 2}}{'100':>{WIDE - WIDE // 2 - 1}}  {w.t('arena.axis.worth')}".rstrip()
    yield w.t("arena.legend")


def _column(worth: float) -> int:
    return round(min(1.0, max(0.0, worth)) * (WIDE - 1))


def report_lines(w: Wording, found: Mapping[str, Any]) -> Iterator[str]:
    """Percent of the reachable optimum: a row for each style, a column for each buyer; deals in brackets."""
    from tui.cli.plain import fold, table

    first, last = found["seeds"]
    yield from fold(w.t("arena.report", first=first, last=last, rounds=found["rounds"]))
    yield ""
    buyers = list(found["all"])
    rows = [[w.label("arena.style", row["style"]), *_cells(w, row["buyers"], buyers)] for row in found["styles"]]
    rows.append([w.t("arena.all"), *_cells(w, found["all"], buyers)])
    yield from table(rows, [w.t("arena.col.style"), *(w.label("arena.buyer", name) for name in buyers)], wide=0)
    yield ""
    ours = found["all"][buyers[0]]
    yield from fold(w.n("arena.talks", ours["talks"], below=ours["below_limit"]))


def _cells(w: Wording, means: Mapping[str, Mapping[str, Any]], buyers: Sequence[str]) -> list[str]:
    found = []
    for name in buyers:
        mean = means[name]
        percent = w.formats.percent(f"{float(mean['percent']):.0f}")
        found.append(f"{percent} ({mean['deals']}/{mean['talks']})")
    return found
