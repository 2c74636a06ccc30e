"""Where output goes: answers to stdout, notes and progress to stderr, and with --json only JSON to stdout."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

PIPED_WIDTH = 100  # columns, where there is no terminal to ask


@dataclass
class Settings:
    """What the options that every command has were set to, for the one command of this process."""

    as_json: bool = False
    no_color: bool = False

    def reset(self, no_color: bool) -> None:
        self.as_json, self.no_color = False, no_color


settings = Settings()


def console(*, to_stderr: bool = False) -> Console:
    """A console on stdout or stderr."""
    from leadline.cli.terminal import Terminal

    stream = sys.stderr if to_stderr else sys.stdout
    width = None if stream.isatty() or os.environ.get("COLUMNS") else PIPED_WIDTH
    return Terminal(
        stderr=to_stderr, no_color=settings.no_color or None, highlight=False, width=width, emoji=False
    )


def show(*parts: RenderableType) -> None:
    """The answer, for people."""
    from leadline.cli.terminal import Harmless

    out = console()
    for part in parts:
        out.print(Harmless(part))


def tell(part: RenderableType) -> None:
    """Something beside the answer, for people, in lines as long as they are."""
    from leadline.cli.terminal import Harmless

    console(to_stderr=True).print(Harmless(part), soft_wrap=True)


def note(text: str) -> None:
    """A remark beside the answer; not of interest to a program."""
    if not settings.as_json:
        from rich.text import Text

        tell(Text(text, "dim"))


def print_json(data: Any) -> None:
    """The answer, for programs: one JSON value on stdout."""
    sys.stdout.write(json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False, default=str) + "\n")


@contextmanager
def steps(*titles: str) -> Iterator[Any]:
    """Shows where a longer job is, on a terminal's stderr; gives a function to call as each step begins.

    Nothing is drawn in the first moments, so that quick jobs do not flicker.
    """
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    progress = Progress(
        SpinnerColumn(), TextColumn("{task.description}"), BarColumn(bar_width=24), TimeElapsedColumn(),
        console=console(to_stderr=True), transient=True, refresh_per_second=4,
        disable=not sys.stderr.isatty(),
    )  # fmt: skip
    with progress:
        task = progress.add_task(titles[0], total=len(titles))
        remaining = iter(titles[1:])
        yield lambda: progress.update(task, advance=1, description=next(remaining, titles[-1]))


@contextmanager
def counting(title: str) -> Iterator[Any]:
    """A bar for a job that counts: gives a function `(done, total)`."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    progress = Progress(
        TextColumn("{task.description}"), BarColumn(bar_width=40), MofNCompleteColumn(),
        TimeRemainingColumn(), console=console(to_stderr=True), transient=True, refresh_per_second=4,
        disable=not sys.stderr.isatty(),
    )  # fmt: skip
    with progress:
        task = progress.add_task(title, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


@contextmanager
def sharing(title: str) -> Iterator[Any]:
    """A bar for a job that knows what share is done: gives a function `(share, what)`."""
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    progress = Progress(
        TextColumn("{task.description}"), BarColumn(bar_width=40), TaskProgressColumn(), TimeElapsedColumn(),
        console=console(to_stderr=True), transient=True, refresh_per_second=4,
        disable=not sys.stderr.isatty(),
    )  # fmt: skip
    with progress:
        task = progress.add_task(title, total=1.0)
        yield lambda share, what: progress.update(task, completed=share, description=what)
