"""Something of the model in use and the same thing of the proposed one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")
U = TypeVar("U")


@dataclass(frozen=True)
class Pair(Generic[T]):
    old: T
    new: T

    def items(self) -> Iterator[tuple[str, T]]:
        yield "old", self.old
        yield "new", self.new

    def map(self, change: Callable[[T], U]) -> Pair[U]:
        return Pair(change(self.old), change(self.new))
