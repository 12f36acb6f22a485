"""Answers that are not there when others are: each goes on by itself, and nobody waits for it.

Who answers keeps the group; who lets it wait for longer than `prompt` is left to its own pace. Time counts only while
nothing at all arrives, in steps, so that neither a busy machine nor a long row of companies makes anybody late.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Coroutine, Iterator, Mapping
from typing import Any, TypeVar

STEP = 0.25
"""Seconds of one look. A loop that was held up counts as one."""

T = TypeVar("T")


class UnderWay:
    """What was asked and is not answered yet, by key; one per process.

    `prompt` is how long others wait for one that is silent, in seconds of real time; `None` for as long as it takes,
    which is right where time is simulated: real time feeds no decision there.
    """

    def __init__(self, prompt: float | None) -> None:
        self.prompt = prompt
        self.ring: Callable[[], None] = lambda: None
        """Called when a late answer is there."""
        self._tasks: dict[str, asyncio.Task[Any]] = {}

    def __contains__(self, key: str) -> bool:
        return key in self._tasks

    async def in_time(self, asked: Mapping[str, Coroutine[Any, Any, T]], apart: Collection[str] = ()) -> dict[str, T]:
        """The answers of those that keep pace; the others stay under way, and those `apart` are not waited for.

        Somebody has to have answered before anybody is late; one asked alone is late by itself.
        """
        tasks = {key: asyncio.ensure_future(question) for key, question in asked.items()}
        group = {key: task for key, task in tasks.items() if self.prompt is None or key not in apart}
        try:
            await self._until_late(list(group.values()))
        except BaseException:
            self._tasks |= tasks
            raise
        late = {key: task for key, task in tasks.items() if not task.done()}
        for key, task in late.items():
            self._tasks[key] = task
            task.add_done_callback(lambda _: self.ring())
        answered = [key for key in tasks if key not in late]
        return dict(zip(answered, await asyncio.gather(*(tasks[key] for key in answered)), strict=True))

    async def _until_late(self, group: list[asyncio.Task[T]]) -> None:
        silent = 0.0
        while waited := [task for task in group if not task.done()]:
            if self.prompt is not None and silent >= self.prompt and (len(waited) < len(group) or len(group) == 1):
                return
            done, _ = await asyncio.wait(waited, timeout=STEP, return_when=asyncio.FIRST_COMPLETED)
            if any(task.cancelled() or task.exception() is not None for task in done):
                return  # a halt, or a ledger that cannot be written: the whole round ends
            silent = 0.0 if done else silent + STEP

    def arrived(self, key: str) -> bool:
        task = self._tasks.get(key)
        return task is not None and task.done()

    def pop(self, key: str) -> asyncio.Task[Any] | None:
        """What is under way, for the caller to wait for."""
        return self._tasks.pop(key, None)

    async def take(self, key: str) -> Any:
        """Its answer, once it is there. Raises what the asking raised."""
        await asyncio.wait([self._tasks[key]])
        return self._tasks.pop(key).result()

    async def next(self, keys: Collection[str]) -> bool:
        """Wait until one of these is there; false where none of them is under way."""
        tasks = [self._tasks[key] for key in keys if key in self._tasks]
        if tasks:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        return bool(tasks)

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._tasks))

    async def cancel(self) -> None:
        """End all of it; what is on the ledger says what became of each."""
        tasks, self._tasks = list(self._tasks.values()), {}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
