"""Items of an RSS (2.0, 1.0) or Atom feed as cells by name, as the feed writes them: `title`, `g:price`.

Shops publish their goods in this form for price comparisons, with fields of Google's namespace. An element inside
another is named by both (`g:shipping/g:price`); a link of Atom is its address. What a feed says twice with different
words keeps both, so that no reader takes one of them for the amount.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.etree import _Element

ITEMS = frozenset({"item", "entry"})
DEEPEST = 3
MAX_CELL = 4000
MAX_CELLS = 200
BETWEEN = " | "


class NotXml(ValueError):
    """The document is no XML we read: malformed, or with a DTD of its own."""


def items_in(body: bytes) -> Iterator[dict[str, str]]:
    """Every item's cells, in the feed's order. Raises `NotXml`, after the items before the fault."""
    from lxml import etree  # 30 ms, and most price lists are no XML

    if b"<!DOCTYPE" in body[:4096] or b"<!ENTITY" in body:
        raise NotXml("a feed with a DTD of its own")
    parser = etree.XMLPullParser(
        ("end",), resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True
    )
    try:
        for start in range(0, len(body), 1 << 16):
            parser.feed(body[start : start + (1 << 16)])
            yield from _read(parser)
        parser.close()
    except etree.XMLSyntaxError as err:
        yield from _read(parser)
        raise NotXml(str(err)[:200]) from err


def _read(parser: object) -> Iterator[dict[str, str]]:
    from lxml.etree import QName

    for _, element in parser.read_events():  # type: ignore[attr-defined]
        if isinstance(element.tag, str) and QName(element).localname in ITEMS:
            yield _cells(element)
            element.clear()


def _cells(item: _Element) -> dict[str, str]:
    cells: dict[str, str] = {}
    for name, text in _leaves(item, "", 1):
        known = cells.get(name)
        if known is None and len(cells) < MAX_CELLS:
            cells[name] = text
        elif known is not None and text not in known.split(BETWEEN):
            cells[name] = f"{known}{BETWEEN}{text}"[:MAX_CELL]
    return cells


def _leaves(element: _Element, path: str, depth: int) -> Iterator[tuple[str, str]]:
    from lxml.etree import QName

    for child in element:
        if not isinstance(child.tag, str):
            continue
        local = QName(child).localname
        name = f"{path}{child.prefix}:{local}" if child.prefix else f"{path}{local}"
        if len(child) and depth < DEEPEST:
            yield from _leaves(child, f"{name}/", depth + 1)
        else:
            yield name, ("".join(child.itertext()).strip() or child.get("href", ""))[:MAX_CELL]
