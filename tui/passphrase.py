"""The vault's passphrase while the app is open: asked on a screen when it is first needed, then known until the end."""

from __future__ import annotations

from concurrent.futures import Future
from typing import TYPE_CHECKING

from agent.views import FacadeError

if TYPE_CHECKING:
    from tui.app import GegenbotApp


class Passphrase:
    """What the person typed, or the open question for it."""

    def __init__(self, app: GegenbotApp) -> None:
        self._app = app
        self._typed: str | None = None
        self._question: Future[str | None] | None = None

    def ask(self) -> str:
        """The passphrase. Called in a worker thread. Raises `FacadeError` when the person leaves the question."""
        if self._typed is None:
            self._question = Future()
            self._app.call_from_thread(self._show, (self._app.house.home / "vault-key.json").exists())
            self._typed = self._question.result()
        if self._typed is None:
            raise FacadeError("vault_locked", why=self._app.words.t("passphrase.left"))
        return self._typed

    def _show(self, known: bool) -> None:
        from tui.screens.passphrase import PassphraseScreen

        assert self._question is not None
        self._app.push_screen(PassphraseScreen(known=known), self._question.set_result)

    def forget(self) -> None:
        """One that did not open the vault is asked for again."""
        self._typed = None

    def end(self) -> None:
        """Let go who waits for an answer that will not come."""
        if self._question is not None and not self._question.done():
            self._question.set_result(None)
