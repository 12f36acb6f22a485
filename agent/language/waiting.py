"""The one sentence told outside the screen: how many decisions wait. It names nobody and nothing."""

from __future__ import annotations


def waiting_notice(waiting: int, language: str) -> str:
    """`2 decisions wait for you.`"""
    if language == "de":
        return "1 Entscheidung wartet auf dich." if waiting == 1 else f"{waiting} Entscheidungen warten auf dich."
    return "1 decision waits for you." if waiting == 1 else f"{waiting} decisions wait for you."
