"""Who gets what: reads a haggle over countable items ("you take 2 food, I keep the rest") out of a chat.

A message is read left to right: subjects and verbs say who receives, numbers and `all`, `both`, `the rest` how much.
Each proposal replaces what it names; what nobody named follows from the last proposal's sense. English only.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

Talk = Sequence[tuple[str, str]]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_COUNTS = {
    "zero": 0, "no": 0, "none": 0, "one": 1, "a": 1, "an": 1, "single": 1, "two": 2, "three": 3, "four": 4,
    "five": 5, "six": 6,
    "seven": 7, "eight": 8, "nine": 9, "ten": 10,
}  # fmt: skip
_ALL = _words("all every both")
_GIVE = _words(
    "give giving gives gave offer offering spare trade let letting hand grant sacrifice send share exchange swap"
)
_GET = _words("take get have keep receive takes gets keeps got getting taking keeping having use grab claim")
_WISH = _words("need needs want wants like love prefer needed wanted hoping interested looking require requires")
_SELF = _words("i we im i'm i'll ill i'd id i've we'll we'd we're my")
_OTHER = _words("you u ya you'll you'd you're youd youll y'all your ur")
_OBJECT = _words("me us myself ourselves")
_FILLER = _words(
    "of the those these package packages pack packs bundle bundles unit units piece pieces extra additional "
    "case cases item items bottle bottles full your my our more other whole amount and"
)
_NOT = _words("don't dont not won't wont cannot can't cant doesn't without never")
_PLEASED = _words("work works good ok okay fine sound sounds fair great enough thing")
_OPENERS = _words(". ! ? ; , ok okay fine just then alright no please")
_TOKEN = re.compile(r"[a-z]+(?:'[a-z]+)?|\d+|[.!?;,/&+]")
_SYNONYMS = {
    "wood": "firewood",
    "woods": "firewood",
    "firewoods": "firewood",
    "fire": "firewood",
    "waters": "water",
    "foods": "food",
}
_NO_DEAL = re.compile(
    r"\bno deal\b|can'?t (?:make|reach) a deal|cannot (?:make|reach)|not (?:gonna|going to) work out|no agreement|"
    r"(?:walk|walking) away from (?:this|the) deal|not coming up"
)


@dataclass(slots=True)
class _Claim:
    item: str
    count: int | None
    receiver: str
    firm: bool


@dataclass(slots=True)
class _Reader:
    """Reads one message of `speaker`. Sides are the two speaker names."""

    speaker: str
    other: str
    counts: Mapping[str, int]
    claims: list[_Claim] = field(default_factory=list)
    rest: str | None = None
    excepting: bool = False
    receiver: str | None = None
    subject: str | None = None
    firm: bool = True
    negated: bool = False
    pending: int | None = None
    group_start: int = 0
    mass: bool = False

    def opposite(self, side: str | None) -> str:
        return self.other if side == self.speaker else self.speaker

    def item_of(self, word: str) -> str | None:
        folded = {name.lower(): name for name in self.counts}
        word = _SYNONYMS.get(word, word).removeprefix("basket")
        for form in (word, word.removesuffix("s"), word.removesuffix("es")):
            if form in folded:
                return folded[form]
        return None

    def read(self, text: str) -> None:
        words = _TOKEN.findall(text.lower().replace("’", "'").replace("gimme", "give me"))
        index = 0
        while index < len(words):
            index = self.step(words, index)

    def step(self, words: list[str], index: int) -> int:
        word = words[index]
        following = words[index + 1] if index + 1 < len(words) else ""
        if word in {".", "!", "?", ";"}:
            self.negated, self.excepting = False, False
            self.group_start, self.firm = len(self.claims), True
            self.receiver = self.subject = None
        elif word in {"for", "to"} and index and words[index - 1] in _PLEASED:
            return index + 2
        elif (
            word in {"for", "to"}
            and following in _OBJECT | _OTHER
            and (index + 2 >= len(words) or words[index + 2] not in _GET | _GIVE)
        ):
            self.assign_group(self.speaker if following in _OBJECT else self.other)
            return index + 2
        elif word == "for" and self.receiver is not None and self.claims:
            self.receiver = self.opposite(self.receiver)
            self.group_start = len(self.claims)
        elif word in _SELF or word in _OTHER:
            self.set_subject(word, words, index)
        elif word in _OBJECT:
            self.receiver = self.speaker
            self.group_start = len(self.claims)
        elif word in _NOT:
            self.negated = True
        elif word in _GIVE and self.subject is None and following in _OBJECT:
            self.receiver, self.firm = self.speaker, True
        elif word in _GIVE:
            self.receiver, self.firm = self.opposite(self.subject or self.speaker), True
        elif word in _GET and self.subject is None and (index == 0 or words[index - 1] in _OPENERS):
            self.subject = self.receiver = self.other
        elif word in _GET:
            self.receiver, self.firm = self.subject or self.receiver, True
        elif word in _WISH:
            self.receiver, self.firm = self.subject or self.speaker, False
        elif word in {"rest", "else", "remaining", "remainder", "everything", "others"}:
            return self.read_rest(words, index)
        elif word in {"but", "minus", "except", "besides"} and self.rest is not None and self.excepting:
            self.receiver = self.opposite(self.rest)
            self.group_start = len(self.claims)
        else:
            return self.read_item(words, index)
        return index + 1

    def set_subject(self, word: str, words: list[str], index: int) -> None:
        side = self.speaker if word in _SELF else self.other
        before = words[index - 1] if index else ""
        if before in _GIVE and word in _OTHER:
            self.receiver = self.other
            return
        if word in {"my", "your", "our", "ur"}:
            return
        self.subject = side
        self.receiver = side
        self.negated = False
        self.group_start = len(self.claims)

    def assign_group(self, side: str) -> None:
        fresh = self.claims[self.group_start :]
        for claim in fresh:
            claim.receiver = side
        if self.excepting and not fresh:
            self.rest = side
        self.receiver = side
        self.group_start = len(self.claims)

    def read_rest(self, words: list[str], index: int) -> int:
        if not self.negated:
            self.rest = self.receiver or self.speaker
            self.excepting = True
            self.group_start = len(self.claims)
        return index + 1

    def read_item(self, words: list[str], index: int) -> int:
        start = index
        count, index, determined = self.read_count(words, index)
        if index >= len(words):
            return index
        item = self.item_of(words[index])
        if item is None:
            return max(index, start + 1)
        total = self.counts[item]
        plural = words[index].endswith("s")
        if words[index] == "fire" and index + 1 < len(words) and words[index + 1] == "wood":
            index += 1
        if self.receiver is None and count is None and (self.mass or not (determined or plural or self.claims)):
            return index + 1
        amount = total if count == -1 or (count is None and (plural or determined)) else count
        if count is None and determined and not plural and total > 1 and item.islower():
            amount = 1 if item not in {"food", "water", "firewood"} else total
        firm = not self.mass or count is not None or (determined and self.firm)
        receiver = self.receiver or self.speaker
        if self.negated and count in {None, -1}:
            self.claims.append(_Claim(item, total, self.opposite(receiver), False))
        elif not self.negated:
            self.claims.append(_Claim(item, min(amount if amount is not None else total, total), receiver, firm))
        return index + 1

    def read_count(self, words: list[str], index: int) -> tuple[int | None, int, bool]:
        """A count before an item: number, `all` (-1) or none; whether anything determined it."""
        start, count, determined = index, None, False
        while index < len(words) and index - start < 7:
            word = words[index]
            if word.isdigit() and count is None:
                count = int(word)
            elif word in _COUNTS and count is None:
                count = _COUNTS[word]
                if (
                    word in {"a", "an"}
                    and index + 1 < len(words)
                    and self.item_of(words[index + 1]) is None
                    and words[index + 1] not in _FILLER
                ):
                    return None, index + 1, False
            elif word in _ALL and count is None:
                count = -1
            elif (word not in _FILLER and not (word.isdigit() or word in _COUNTS)) or word == "and":
                break
            determined = True
            index += 1
        if index == start:
            return None, index, False
        if index < len(words) and self.item_of(words[index]) is None:
            return None, max(index, start + 1), False
        return count, index, determined


@dataclass(slots=True)
class _State:
    """What side `first` gets of each item by the proposals so far."""

    counts: Mapping[str, int]
    sides: tuple[str, str]
    first_gets: dict[str, int] = field(default_factory=dict)
    sense: str | None = None

    def mine(self, side: str, count: int, item: str) -> int:
        return count if side == self.sides[0] else self.counts[item] - count

    def apply(self, reader: _Reader, fill: bool) -> None:
        firm = [claim for claim in reader.claims if claim.firm and claim.count is not None]
        if not firm and (reader.rest is None or self.first_gets):
            return
        named = {claim.item: self.mine(claim.receiver, claim.count or 0, claim.item) for claim in firm}
        if reader.rest is not None:
            for item, total in self.counts.items():
                if item not in named:
                    named[item] = self.mine(reader.rest, total, item)
        receivers = {claim.receiver for claim in firm}
        if fill and len(receivers) == 1:
            others = reader.opposite(next(iter(receivers)))
            whole = len({claim.item for claim in firm}) > 1
            for item, total in self.counts.items():
                if item not in named and (whole or item not in self.first_gets):
                    named[item] = self.mine(others, total, item)
        self.first_gets.update(named)


def _read_talk(talk: Talk, counts: Mapping[str, int], sides: tuple[str, str], fill: bool) -> _State:
    state = _State(counts, sides)
    for speaker, text in talk:
        reader = _Reader(speaker, sides[1] if speaker == sides[0] else sides[0], counts, mass=not fill)
        reader.read(text)
        state.apply(reader, fill)
    return state


def _parted(talk: Talk) -> bool:
    """Whether the talk ends without a deal: the last word on it is a no."""
    parted = False
    for _, text in talk:
        said = text.lower()
        threat = re.search(
            r"\b(?:or|otherwise|then|else|if)\b[^.?!]{0,30}(?:no deal|can'?t make a deal|cannot make a deal)", said
        )
        if _NO_DEAL.search(said) and not threat:
            parted = True
        elif re.search(r"(?<!no )\bdeal\b|\baccept\b|\bfine\b|you can have|i(?:'ll| will) take", said):
            parted = False
    return parted


def read_split(talk: Talk, counts: Mapping[str, int], sides: tuple[str, str]) -> dict[str, dict[str, int]] | None:
    """Who gets how many of each item at the end of a talk, or `None` when they part without a deal."""
    if _parted(talk):
        return None
    mass = all(name[:1].isupper() for name in counts)
    state = _read_talk(talk, counts, sides, fill=not mass)
    if not state.first_gets:
        return None if not mass else _by_need(talk, counts, sides, state)
    return _by_need(talk, counts, sides, state)


def _by_need(talk: Talk, counts: Mapping[str, int], sides: tuple[str, str], state: _State) -> dict[str, dict[str, int]]:
    """Completes a split: what no proposal named goes, by two thirds, to the side that spoke of needing it more."""
    needs = _needs(talk, tuple(counts), sides)
    first: dict[str, int] = {}
    for item, total in counts.items():
        known = state.first_gets.get(item)
        if known is None:
            more = needs[sides[0]][item] >= needs[sides[1]][item]
            known = total - total // 3 if more else total // 3
        first[item] = max(0, min(total, known))
    return {sides[0]: first, sides[1]: {item: total - first[item] for item, total in counts.items()}}


_STRONG = re.compile(
    r"most|priority|important|really need|desperate|badly|top|first|biggest|value|main|especially|highest|need|"
    r"essential|crucial|definitely"
)
_WEAK = re.compile(
    r"don'?t (?:really )?(?:need|want|care)|not (?:really )?(?:need|worried|interested|important|a priority)|least|"
    r"lowest|plenty|enough|too much|less|already have|have (?:a lot|lots|extra)|last priority|low priority|"
    r"can spare|willing to give|give you|without|you (?:can|could|may) (?:have|take)|second|third|you (?:take|get|"
    r"have)"
)
_MINE = re.compile(r"\b(?:i|we|me|my|us|our|i'm|i'd|i'll)\b")
_YOURS = re.compile(r"\b(?:you|your|u)\b")
_NEED_WORDS: dict[str, str] = {
    "Food": r"food|eat|hungry|hunger|meal|snack|diabet|starv|kids? to feed",
    "Water": r"water|thirst|hydrat|drink|dehydrat|bath|wash",
    "Firewood": r"fire ?wood|\bwood|\bfire\b|cold|warm|cook|heat|chilly|bonfire|freez",
}


def _needs(talk: Talk, items: tuple[str, ...], sides: tuple[str, str]) -> dict[str, dict[str, float]]:
    """How strongly each side speaks of needing each item."""
    score: dict[str, dict[str, float]] = {side: dict.fromkeys(items, 0.0) for side in sides}
    for place, (speaker, text) in enumerate(talk):
        late = 1.0 if place < 10 else 0.7
        for sentence in re.split(r"[.!?;]|\bbut\b|\bso\b|\balthough\b", text.lower()):
            _score_sentence(score, sentence, speaker, items, sides, late)
    return score


def _score_sentence(
    score: dict[str, dict[str, float]],
    sentence: str,
    speaker: str,
    items: tuple[str, ...],
    sides: tuple[str, str],
    late: float,
) -> None:
    named = [item for item in items if re.search(_NEED_WORDS.get(item, item.lower()), sentence)]
    if not named:
        return
    other = sides[1] if speaker == sides[0] else sides[0]
    about_other = _YOURS.search(sentence) and not _MINE.search(sentence)
    side = other if about_other else speaker
    weak, strong = _WEAK.search(sentence), _STRONG.search(sentence)
    value = -1.2 if weak else 2.0 if strong else 1.0
    if about_other:
        value *= 0.4 if not weak else -0.3
    for rank, item in enumerate(sorted(named, key=lambda name: _place(sentence, name))):
        score[side][item] += late * value / (1 + 0.5 * rank)


def _place(sentence: str, item: str) -> int:
    found = re.search(_NEED_WORDS.get(item, item.lower()), sentence)
    return found.start() if found else 10_000


def read_priorities(talk: Talk, items: tuple[str, ...], sides: tuple[str, str]) -> dict[str, str]:
    """What each side wants most, by how it speaks of needing, sparing and giving."""
    needs = _needs(talk, items, sides)
    return {side: max(items, key=lambda item: (needs[side][item], -items.index(item))) for side in sides}
