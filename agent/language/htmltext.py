"""The readable text of an HTML page or mail part, and its parsed tree. Never fetches, never runs anything."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.html import HtmlElement

MAX_HTML = 3_000_000
"""Characters of one page that are read; the rest is cut and announced by the caller."""

_SKIPPED = frozenset(
    {"script", "style", "head", "noscript", "template", "svg", "iframe", "object", "select", "textarea"}
)
_BLOCK_NAMES = """
address article aside blockquote br caption dd details div dl dt fieldset figcaption figure footer form header h1 h2 h3
h4 h5 h6 hr legend li main nav ol p pre section summary table tbody tfoot thead tr ul title option
"""
_BLOCKS = frozenset(_BLOCK_NAMES.split())
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?!\.)|opacity\s*:\s*0(?!\.)", re.IGNORECASE
)


def parse_html(html: str) -> HtmlElement | None:
    """The element tree, or `None` for a text without any element. Broken markup is repaired by libxml2."""
    # lxml costs 30 ms to import and most messages are plain text.
    from lxml import etree
    from lxml.html import HTMLParser, document_fromstring

    cleaned = html[:MAX_HTML].replace("\x00", "")
    cleaned = re.sub(r"^\s*<\?xml[^>]*\?>", "", cleaned)
    try:
        parser = HTMLParser(huge_tree=False, no_network=True, remove_comments=True, encoding="utf-8")
        return document_fromstring(cleaned.encode("utf-8", "surrogatepass"), parser=parser)
    except (etree.LxmlError, ValueError, AssertionError, UnicodeError):
        return None


def is_hidden(element: HtmlElement) -> bool:
    """Whether an element says of itself that it is not shown."""
    if element.get("hidden") is not None or element.get("aria-hidden") == "true":
        return True
    style = element.get("style")
    return style is not None and _HIDDEN.search(style) is not None


def readable_text(tree: HtmlElement) -> str:
    """The text a person would read: blocks on lines of their own, blanks folded, hidden parts and scripts left out."""
    parts: list[str] = []
    stack: list[tuple[HtmlElement, bool]] = [(tree, False)]
    while stack:
        element, leaving = stack.pop()
        tag = element.tag if isinstance(element.tag, str) else None
        if leaving:
            if tag in _BLOCKS:
                parts.append("\n")
            elif tag in {"td", "th"}:
                parts.append(" ")
            if element.tail:
                parts.append(re.sub(r"\s+", " ", element.tail))
            continue
        skipped = tag is None or tag in _SKIPPED or is_hidden(element)
        if skipped:
            if element.tail:
                parts.append(re.sub(r"\s+", " ", element.tail))
            continue
        if tag in _BLOCKS:
            parts.append("\n")
        if element.text:
            parts.append(re.sub(r"\s+", " ", element.text))
        stack.append((element, True))
        stack.extend((child, False) for child in reversed(element))
    return tidy("".join(parts))


def tidy(text: str) -> str:
    """Blanks folded, at most one empty line, none at the ends."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
    text = re.sub(r"[ \t\xa0]*\n[ \t\xa0]*", "\n", re.sub(r"[ \t]+", " ", text))
    return re.sub(r"\n{3,}", "\n\n", text).strip()
