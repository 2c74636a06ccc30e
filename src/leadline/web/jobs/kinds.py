"""The kinds of work that there are, and what the function that does one is given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Protocol

KEEP: Any = object()  # the cursor stays as it is


class Cancelled(Exception):  # noqa: N818 - no fault, but somebody's wish
    """Somebody pressed Cancel. Tidy up if need be, and raise it on."""


class Interrupted(Exception):  # noqa: N818 - no fault, but an order
    """The worker is told to stop, or another one has this work now. It goes on from the last cursor."""


class CannotDoError(Exception):
    """The work cannot be done, and its message says why, to the person who started it."""


class Progress(Protocol):
    """The work in hand, for the function that does it."""

    id: str
    payload: dict[str, Any]
    cursor: Any  # what the last `step` saved; None at the beginning
    by: str  # who started it: an e-mail address, or empty
    at: int  # when they did, microseconds

    def step(self, done: int, total: int = 0, said: str = "", *, cursor: Any = KEEP) -> None:
        """Tell how far it is: `done` of `total` (0: not known), and one sentence.

        A `cursor` (anything that JSON holds) is where to go on after a kill; save it in the transaction of
        the work that it stands for. Raises Cancelled, or Interrupted, which is not to be caught.
        """

    def now(self) -> int:
        """The worker's clock."""


Work = Callable[[Progress], "dict[str, Any] | None"]
Tidying = Callable[[int], None]


@dataclass(frozen=True)
class Kind:
    name: str
    work: Work
    forget: Callable[[dict[str, Any]], None] | None


KINDS: dict[str, Kind] = {}
TIDYINGS: list[Tidying] = []


def work(kind: str, *, forget: Callable[[dict[str, Any]], None] | None = None) -> Callable[[Work], Work]:
    """The function that does work of this kind; what it returns becomes `job.result`.

    Of the result the page knows `url` (of this workspace), `label` for the link to it, and `part` (true: the
    address gives a piece of a page, which takes the progress's place). `forget` is given the result of an old
    job before that is swept, to remove what it left behind.
    """

    def register(function: Work) -> Work:
        if kind in KINDS:
            raise ValueError(f"the work `{kind}` has been registered twice: give one of them another name")
        KINDS[kind] = Kind(kind, function, forget)
        return function

    return register


def hourly(function: Tidying) -> Tidying:
    """Call this about once an hour with the instant. Two workers may, so twice must do no harm."""
    TIDYINGS.append(function)
    return function


def kind_of(name: str) -> Kind:
    """Raises ValueError for a kind that nobody registered."""
    if name in KINDS:
        return KINDS[name]
    near = get_close_matches(name, KINDS, 1)
    hint = f"; did you mean `{near[0]}`?" if near else ""
    raise ValueError(f"there is no work of the kind `{name}`{hint}")
