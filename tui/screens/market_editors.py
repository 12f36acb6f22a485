"""Editors for what the bot does in the market: wants, limits, companies, contracts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from textual.content import Content

from tui.house import Edits, House, Reads
from tui.screens.editor import EditorScreen, Row
from tui.screens.form import Form, FormField, Values
from tui.widgets.drawn import ink
from tui.widgets.rows import Column
from tui.wording import Wording
from tui.wording.clean import one_line

AUTONOMY = ("tell", "propose", "act")
TRUST = ("trusted", "allowed", "blocked")


def category_choices(house: House, w: Wording, *, every: bool = False) -> tuple[tuple[str, str], ...]:
    """Every category with its word; with `every`, one more answer that means all of them."""
    found = tuple((str(one["id"]), w.label("category", str(one["id"]))) for one in house.categories())
    return (("", w.t("form.all_categories")), *found) if every else found


class WantsScreen(EditorScreen):
    """What the person looks for: running needs first."""

    where: ClassVar[str] = "wants"

    def columns(self) -> Sequence[Column]:
        w = self.words
        return (
            Column(w.t("wants.col.what"), 18),
            Column(w.t("wants.col.words"), 0),
            Column(w.t("wants.col.state"), 22),
        )

    def read(self, reads: Reads) -> Sequence[Row]:
        return sorted(reads.needs(), key=lambda row: row["state"] != "open")

    def cells(self, row: Row) -> list[Content]:
        w = self.words
        return [
            ink(w.label("category", row["category"]), "bold" if row["state"] == "open" else "$quiet"),
            ink(row.get("words", "") or "–"),
            ink(w.label("state", row["state"]), "$quiet"),
        ]

    def detail(self, row: Row) -> str:
        until = row.get("window_ends")
        return self.words.t("needs.until", moment=self.words.formats.moment(until)) if until else ""

    def action_add(self) -> None:
        from tui.screens.need import NeedScreen

        self.app.push_screen(NeedScreen(), lambda _: self.reload())

    def forgetting(self, row: Row) -> tuple[str, Callable[[], Any]] | None:
        if row["state"] != "open":
            return None
        what = row.get("words") or self.words.label("category", row["category"])
        return what, lambda: self.house.editing().close_need(row["id"])


class LimitsScreen(EditorScreen):
    """How far the bot may go in each category."""

    where: ClassVar[str] = "limits"

    def columns(self) -> Sequence[Column]:
        w = self.words
        return (
            Column(w.t("limits.col.what"), 22),
            Column(w.t("limits.col.how"), 0),
            Column(w.t("limits.col.most"), 12, right=True),
            Column(w.t("limits.col.term"), 11, right=True),
        )

    def read(self, reads: Reads) -> Sequence[Row]:
        return reads.limits()

    def cells(self, row: Row) -> list[Content]:
        w = self.words
        most, months = row["max_total"], row["max_term_months"]
        return [
            ink(w.label("category", row["category"]), "bold"),
            ink(w.label("autonomy", row["autonomy"]), "$warning" if row["autonomy"] == "act" else ""),
            ink(w.formats.money(most, row["currency"]) if most else "–"),
            ink(w.n("limits.months", int(months)) if months else "–"),
        ]

    def detail(self, row: Row) -> str:
        return self.words.t(f"autonomy.{row['autonomy']}.means")

    def changing(self, row: Row) -> Form | None:
        w = self.words

        def keep(values: Values) -> object:
            return self.house.editing().set_limits(
                row["category"], max_total=values["most"] or None, max_term_months=values["term"] or None,
                autonomy=values["autonomy"],
            )  # fmt: skip

        return Form(
            w.t("limits.form", category=w.label("category", row["category"])),
            (
                FormField("most", w.t("limits.most", currency=row["currency"]), row["max_total"]),
                FormField("term", w.t("limits.term"), row["max_term_months"]),
                FormField(
                    "autonomy",
                    w.t("limits.autonomy"),
                    row["autonomy"],
                    tuple((one, w.label("autonomy", one)) for one in AUTONOMY),
                ),
            ),
            keep,
            note=w.t("limits.note"),
        )


class CompaniesScreen(EditorScreen):
    """Whom the bot may talk to. Space goes from allowed to trusted to blocked."""

    where: ClassVar[str] = "companies"

    def columns(self) -> Sequence[Column]:
        w = self.words
        return (
            Column(w.t("companies.col.name"), 22),
            Column(w.t("companies.col.trust"), 10),
            Column(w.t("companies.col.for"), 0),
            Column(w.t("companies.col.address"), 34, least=110),
        )

    def read(self, reads: Reads) -> Sequence[Row]:
        return reads.providers()

    def cells(self, row: Row) -> list[Content]:
        w = self.words
        style = {"trusted": "bold $success", "blocked": "bold $error"}.get(row["trust"], "")
        return [
            ink(one_line(row["name"]), "bold"),
            ink(w.label("trust", row["trust"]), style),
            ink(w.cell("categories", row["categories"])),
            ink(one_line(row["address"]), "$quiet"),
        ]

    def detail(self, row: Row) -> str:
        return f"{one_line(row['address'])} · {self.words.t('trust.' + row['trust'] + '.means')}"

    def adding(self) -> Form | None:
        w, house = self.words, self.house

        def keep(values: Values) -> object:
            chosen = (values["category"],) if values["category"] else ()
            return house.editing().add_provider(
                values["address"], name=values["name"], categories=chosen, trust=values["trust"],
                by_hand=values["door"] == "byhand",
            )  # fmt: skip

        return Form(
            w.t("companies.form"),
            (
                FormField("address", w.t("companies.address"), example=w.t("companies.address.example")),
                FormField("name", w.t("companies.name"), example=w.t("form.may_be_empty")),
                FormField("category", w.t("companies.for"), "", category_choices(house, w, every=True)),
                FormField(
                    "door",
                    w.t("companies.door"),
                    "",
                    (("", w.t("companies.door.self")), ("byhand", w.t("companies.door.hand"))),
                ),
                FormField(
                    "trust", w.t("companies.trust"), "allowed", tuple((one, w.label("trust", one)) for one in TRUST)
                ),
            ),
            keep,
            note=w.t("companies.note"),
        )

    def switching(self, row: Row) -> Callable[[Edits], Any] | None:
        order = {"allowed": "trusted", "trusted": "blocked", "blocked": "allowed"}
        return lambda edits: edits.set_trust(row["id"], order.get(row["trust"], "allowed"))


class ContractsScreen(EditorScreen):
    """What the person pays today: the baseline of every saving."""

    where: ClassVar[str] = "contracts"

    def columns(self) -> Sequence[Column]:
        w = self.words
        return (
            Column(w.t("contracts.col.what"), 22),
            Column(w.t("contracts.col.company"), 0),
            Column(w.t("contracts.col.monthly"), 12, right=True),
            Column(w.t("contracts.col.end"), 19),
        )

    def read(self, reads: Reads) -> Sequence[Row]:
        return reads.contracts()

    def cells(self, row: Row) -> list[Content]:
        w = self.words
        amount, _, currency = row["monthly"].partition(" ")
        return [
            ink(w.label("category", row["category"]), "bold"),
            ink(one_line(row["provider"])),
            ink(w.formats.money(amount, currency[:3] or "EUR")),
            ink(w.formats.day(row["end"], year=True) if row.get("end") else w.t("contracts.open")),
        ]

    def adding(self) -> Form | None:
        return self.form({})

    def changing(self, row: Row) -> Form | None:
        return self.form(row)

    def form(self, row: Row) -> Form:
        """An empty form, or one with what stands in the row."""
        w, house = self.words, self.house
        choices = category_choices(house, w)

        def keep(values: Values) -> object:
            return house.editing().add_contract(
                values["category"], values["provider"], values["monthly"], end=values["end"] or None,
                notice=values["notice"] or None, units=values["units"] or None,
            )  # fmt: skip

        amount = row.get("monthly", "").partition(" ")[0]
        notice = row.get("notice", "").removeprefix("P").removesuffix("M")
        return Form(
            w.t("contracts.form"),
            (
                FormField("category", w.t("contracts.kind"), row.get("category", ""), choices),
                FormField("provider", w.t("contracts.company"), row.get("provider", "")),
                FormField("monthly", w.t("contracts.monthly"), amount, example=w.t("contracts.monthly.example")),
                FormField("end", w.t("contracts.end"), row.get("end", ""), example=w.t("form.may_be_empty")),
                FormField("notice", w.t("contracts.notice"), notice, example=w.t("form.may_be_empty")),
                FormField("units", w.t("contracts.units"), example=w.t("form.may_be_empty")),
            ),
            keep,
        )

    def forgetting(self, row: Row) -> tuple[str, Callable[[], Any]] | None:
        what = f"{self.words.label('category', row['category'])}, {one_line(row['provider'])}"
        return what, lambda: self.house.deciding().forget(f"contract:{row['id']}")
