"""Two calm themes, dark and light; the style sheet lies beside this file."""

from __future__ import annotations

from textual.theme import Theme

DARK = Theme(
    name="gegenbot-dark",
    dark=True,
    primary="#7fb5a8",
    secondary="#b7a3e0",
    accent="#8ec7ff",
    warning="#e0b36a",
    error="#e5847a",
    success="#9ccf8b",
    foreground="#d9dee3",
    background="#14181b",
    surface="#1a1f23",
    panel="#232a2f",
    variables={"quiet": "#8b969e"},
)
LIGHT = Theme(
    name="gegenbot-light",
    dark=False,
    primary="#226e60",
    secondary="#66479e",
    accent="#0b61a4",
    warning="#8a5a00",
    error="#a8322a",
    success="#2d6b22",
    foreground="#22282c",
    background="#f7f7f4",
    surface="#efefea",
    panel="#e3e4de",
    variables={"quiet": "#666d70"},
)
THEMES = (DARK, LIGHT)
