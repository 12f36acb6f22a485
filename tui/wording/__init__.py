"""Language for people: sentences from the catalogues, values by locale, nothing decided here."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from typing import Protocol

from tui.wording.catalogue import LANGUAGES, Entry, load
from tui.wording.clean import one_line
from tui.wording.codes import CODES
from tui.wording.formats import Formats, usual_zone

__all__ = ["LANGUAGES", "Wording", "chosen_language"]

_LABELLED = {
    "granularity", "autonomy", "effect", "trust", "source", "state", "kind", "check", "hard", "channel", "counts",
}  # fmt: skip
"""Columns of lists whose values are words of a closed set."""
_STEP = re.compile(r"(-?[\d.]+) ([A-Z]{3}) \(month (\d+)\)")
_RULE = re.compile(r"rule[:-](\d+)(?:-.*)?")
_FIELD = re.compile(r"\{(\w+)\}")


class Coded(Protocol):
    """What has a sentence: `agent.views.Reason`, by shape, so that `--help` does not import it."""

    @property
    def code(self) -> str: ...
    @property
    def params(self) -> Mapping[str, str]: ...


def chosen_language(asked: str | None = None, environ: Mapping[str, str] | None = None) -> str:
    """`asked` if we speak it, else the first of LC_ALL, LC_MESSAGES, LANG that is set, else English."""
    environ = os.environ if environ is None else environ
    if asked:
        return asked if asked in LANGUAGES else "en"
    for name in ("GEGENBOT_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        if value := environ.get(name):
            language = value[:2].lower()
            return language if language in LANGUAGES else "en"
    return "en"


@dataclass(frozen=True, slots=True)
class Wording:
    """One language, and the zone times are shown in. `t` for a sentence, `n` for one that counts, `say` for a reason
    of the agent."""

    language: str
    zone: Callable[[], tzinfo] = usual_zone

    @property
    def formats(self) -> Formats:
        return Formats(self.language, self.zone)

    def t(self, key: str, /, **params: str | int) -> str:
        """The sentence `key` with its `{fields}` filled. An unknown key is shown as the key."""
        return self._fill(self._entry(key).one, params)

    def n(self, key: str, count: int, /, **params: str | int) -> str:
        """The sentence `key` for `count` things; `{count}` is filled."""
        entry = self._entry(key)
        text = entry.one if count == 1 or entry.many is None else entry.many
        return self._fill(text, {"count": self.formats.number(str(count)), **params})

    def has(self, key: str) -> bool:
        return key in load(self.language)

    def label(self, group: str, value: str) -> str:
        """The word for one value of a closed set (`state.held`); the value itself if we have none."""
        key = f"{group}.{value}"
        return self._entry(key).one if self.has(key) else one_line(value).replace("_", " ")

    def pick(self, labels: Mapping[str, str]) -> str:
        """The label in this language, else in English, else any."""
        found = labels.get(self.language) or labels.get("en") or next(iter(labels.values()), "")
        return one_line(found)

    def say(self, reason: Coded) -> str:
        """The sentence of a reason. A code without one is shown with its parameters, never hidden."""
        code = reason.code.replace("-", "_")
        kinds = CODES.get(code)
        key = f"reason.{code}"
        if kinds is None or not self.has(key):
            listed = ", ".join(f"{name} {value}" for name, value in reason.params.items())
            return one_line(f"{reason.code.replace('_', ' ')}" + (f" ({listed})" if listed else ""))
        params = reason.params
        for name in kinds:
            if not params.get(name) and self.has(f"{key}.no_{name}"):
                key = f"{key}.no_{name}"
                break
        shown = {name: self.value(kind, params.get(name), params) for name, kind in kinds.items()}
        counted = next((params.get(name, "") for name, kind in kinds.items() if kind == "count"), "")
        entry = self._entry(key)
        text = entry.many if entry.many is not None and counted != "1" else entry.one
        return self._fill(text, shown)

    def value(self, kind: str, value: str | None, params: Mapping[str, str]) -> str:
        """One parameter of a reason, written by its kind."""
        if not value:
            return "?"
        formats = self.formats
        match kind:
            case "money":
                amount, _, currency = value.partition(" ")
                return formats.money(amount, currency or params.get("currency", "EUR"))
            case "count" | "number":
                return formats.number(value)
            case "percent":
                return formats.percent(value)
            case "day" | "moment" | "period":
                shown: str = getattr(formats, kind)(value)
                return shown
            case "issue" | "data" | "identity":
                return ", ".join(self.label(kind, one.strip()) for one in value.split(",") if one.strip()) or "?"
            case "categories":
                return ", ".join(self.label("category", one.strip()) for one in value.split(","))
            case "granularity" | "category" | "refusal" | "embedder" | "channel":
                return self.label(kind, value)
            case "rule":
                return self._rule(value)
            case _:
                return one_line(value)

    def cell(self, name: str, value: str) -> str:
        """One value of a listed row, by the name of its column; ids and words are shown as they are."""
        if name == "categories":
            return ", ".join(self.label("category", one.strip()) for one in value.split(","))
        if name in {"category", "data_category"}:
            group = "data" if ":" in value else "category"
            return self.label(group, value)
        if name in _LABELLED and value:
            return self.label(name, value)
        if name == "monthly" and (steps := _STEP.findall(value)):
            return ", ".join(self._step(*step) for step in steps)
        if name in {"at", "since", "until", "end", "expires", "created", "window_ends"} and value:
            return self.formats.moment(value, year=True)
        return one_line(value)

    def _step(self, amount: str, currency: str, month: str) -> str:
        """A price that holds from a month of the contract on."""
        told = self.formats.money(amount, currency)
        return told if month == "0" else self.t("contracts.later", amount=told, months=month)

    def _rule(self, value: str) -> str:
        """`rule-3-1` and `rule:3` are shown as `3`: the number the person sees in the list of rules."""
        found = _RULE.fullmatch(value)
        return found[1] if found else one_line(value)

    def _entry(self, key: str) -> Entry:
        return load(self.language).get(key) or load("en").get(key) or Entry(key)

    def _fill(self, text: str, params: Mapping[str, str | int]) -> str:
        return _FIELD.sub(lambda found: one_line(str(params.get(found[1], found[0]))), text)
