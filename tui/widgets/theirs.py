"""The one place where a counterpart's words are drawn."""

from __future__ import annotations

from textual.content import Content

from agent.views import Theirs
from tui.wording.clean import clean

MARK = "┊ "
"""Stands before every line a company wrote: the mark does not depend on colour."""


def theirs(text: Theirs, label: str, width: int) -> list[Content]:
    """A company's words, unmistakably theirs: a label, a bar before every line, their own colour.

    Takes the type `Theirs` only. The text is never read as markup.
    """
    bar = Content.styled(MARK, "$secondary")
    lines = [
        bar + Content.styled(line.plain, "italic $secondary")
        for paragraph in clean(text).split("\n")
        for line in Content(paragraph).wrap(max(width - len(MARK), 10)) or [Content("")]
    ]
    return [bar + Content.styled(label, "$quiet"), *lines]
