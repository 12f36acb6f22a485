"""The companies: the list, and letting one in over one of its doors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tui.cli.look import reading
from tui.cli.session import Session, pass_session
from tui.cli.verb import LazyGroup, Verb, option, reading_options

if TYPE_CHECKING:
    from tui.wording import Wording

_HERE = "tui.cli.providers"


class _Providers(LazyGroup):
    """Lists the companies when no verb is given."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return _VERBS.get(cmd_name)


@click.group(
    "providers",
    cls=_Providers,
    lazy=dict.fromkeys(("add", "trust", "show", "felt", "learned", "prices"), _HERE),
    key="cli.providers",
    invoke_without_command=True,
)
@reading_options
@pass_session
@click.pass_context
def providers(ctx: click.Context, session: Session, as_json: bool) -> None:
    if ctx.invoked_subcommand is not None:
        return
    from tui.cli import plain

    with reading(session) as reads:
        found = reads.providers()
    session.json(found) if as_json else session.lines(plain.rows(session.words, found, "providers"))


@click.command("add", cls=Verb, key="cli.providers.add")
@click.argument("name", metavar="NAME|FILE.toml")
@option("--hand", metavar="ADDRESS", help="cli.opt.hand")
@option("--email", metavar="ADDRESS", help="cli.opt.provider_email")
@option("--a2a", metavar="URL", help="cli.opt.a2a")
@option("--category", "categories", multiple=True, metavar="CATEGORY", help="cli.opt.provider_category")
@option("--trust", type=click.Choice(("trusted", "allowed", "blocked")), default=None, help="cli.opt.trust")
@reading_options
@pass_session
def providers_add(
    session: Session,
    name: str,
    hand: str | None,
    email: str | None,
    a2a: str | None,
    categories: tuple[str, ...],
    trust: str | None,
    as_json: bool,
) -> None:
    from agent.entering import add_provider, add_provider_file

    if name.endswith(".toml"):
        known, found = add_provider_file(session.home, Path(name))
        with reading(session) as reads:
            _added(session, known, found, reads.provider(known).name, as_json)
        return
    doors = {"byhand": hand, "email": email, "a2a": a2a}
    given = {channel: address for channel, address in doors.items() if address}
    if not given:
        raise click.UsageError(session.words.t("providers.which_door"))
    for channel, address in given.items():
        known = add_provider(session.home, name, address, categories, trust or "", channel)
    _added(session, known, given, name, as_json)


def _added(session: Session, known: str, doors: Mapping[str, str], name: str, as_json: bool) -> None:
    if as_json:
        session.json({"provider": known, "doors": dict(doors)})
        return
    from agent.mailbox import mailbox

    session.lines([session.words.t("done.provider", name=name)])
    if "email" in doors and not mailbox(session.home):
        session.tell("providers.no_mailbox")


@click.command("show", cls=Verb, key="cli.providers.show")
@click.argument("name")
@reading_options
@pass_session
def providers_show(session: Session, name: str, as_json: bool) -> None:
    """One company with its score as a sum of recorded events."""
    from tui.cli import plain

    with reading(session) as reads:
        view = reads.provider(name)
    session.json(view) if as_json else session.lines(plain.provider(session.words, view))


@click.command("felt", cls=Verb, key="cli.providers.felt")
@click.argument("name")
@click.argument("how", type=click.Choice(("good", "bad")))
@reading_options
@pass_session
@click.pass_context
def providers_felt(ctx: click.Context, session: Session, name: str, how: str, as_json: bool) -> None:
    session.house.deciding().felt(name, how)
    ctx.invoke(providers_show, name=name, as_json=as_json)


@click.command("trust", cls=Verb, key="cli.providers.trust")
@click.argument("name")
@click.argument("trust", type=click.Choice(("trusted", "allowed", "blocked")))
@reading_options
@pass_session
def providers_trust(session: Session, name: str, trust: str, as_json: bool) -> None:
    """How the person sees a company from now on."""
    session.house.editing().set_trust(name, trust)
    if as_json:
        session.json({"provider": name, "trust": trust})
    else:
        session.lines([session.words.t("done.kept")])


@click.command("learned", cls=Verb, key="cli.providers.learned")
@click.argument("name")
@reading_options
@pass_session
def providers_learned(session: Session, name: str, as_json: bool) -> None:
    """How one company bargains, as far as talks have shown."""
    from agent.running import seller_known

    found = seller_known(session.home, name)
    session.json(found) if as_json else session.lines(_seller(session.words, found))


def _seller(w: Wording, found: Mapping[str, Any]) -> Iterator[str]:
    """Who it is, its doors, and how it bargains as far as talks have shown."""
    from tui.cli.plain import fold, table

    yield from fold(f"{found['name']} · {w.cell('trust', found['trust'])} · {w.n('count.talks', found['talks'])}")
    for door in found["doors"]:
        yield from fold(f"{w.label('channel', door['channel'])}: {door['url']}", "  ")
    for category, known in found["known"].items():
        yield ""
        yield from fold(w.n("seller.known", known["talks"], category=w.label("category", category)))
        styles = sorted(known["styles"].items(), key=lambda one: (-float(one[1]), one[0]))
        weights = sorted(known["weights"].items(), key=lambda one: (-float(one[1]), one[0]))
        yield from table([(w.label("seller.style", name), _percent(w, share)) for name, share in styles])
        if known["taken_back"]:
            at = sum(map(float, known["taken_back"])) / len(known["taken_back"])
            yield from fold(w.n("seller.back", len(known["taken_back"]), share=_percent(w, str(at))), "  ")
        yield w.t("seller.weights")
        yield from table([(w.label("issue", name), _percent(w, share)) for name, share in weights])
    if found["known"]:
        yield ""
        yield from fold(w.t("seller.forget", id=found["id"]))
    else:
        yield w.t("seller.nothing")


def _percent(w: Wording, share: str) -> str:
    return w.formats.percent(f"{100 * float(share):.0f}")


@click.command("prices", cls=Verb, key="cli.providers.prices")
@click.argument("name", required=False, default="")
@reading_options
@pass_session
def providers_prices(session: Session, name: str, as_json: bool) -> None:
    """What pages, lists and shops cost at each look."""
    from agent.running import prices
    from tui.cli import plain

    found = prices(session.home, name)
    session.json(found) if as_json else session.lines(plain.rows(session.words, found, "prices"))


_VERBS = {
    "trust": providers_trust,
    "add": providers_add,
    "show": providers_show,
    "felt": providers_felt,
    "learned": providers_learned,
    "prices": providers_prices,
}
