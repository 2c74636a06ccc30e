"""A model's file as people wrote it, changed in one place at a time: every other character stays as it is.

An edit replaces the stretch of text that a value stands in, rather than writing the file anew, so comments,
quotes, alignment and line ends are kept, and a diff of the file shows what was changed and nothing else.
What goes with what is removed: a comment on the line of a removed entry, or inside its brackets.
A byte order mark is not kept.
"""

from __future__ import annotations

import copy
import os
from typing import Any

from leadline.model import emit
from leadline.model.read import load_source, model_of
from leadline.model.shape import Model
from leadline.model.source import Source
from leadline.model.tree import Listing, Mapping, Node, Scalar, plain, read_tree

Path = tuple[str | int, ...]
_NAMES = ("id", "step", "stage")  # what an entry of a list is called by


class ModelDocument:
    """A model's text, to be changed with its comments kept.

    A path leads from section to key: ``("intent", "signals", "pricing", "points")``; an entry of a list is
    named by its ``id``, ``step`` or ``stage``, or by its number from 0.

    >>> document = ModelDocument.read(text="leadline: 1\\nname: Old  # for now\\n")
    >>> document.set(("name",), "New")
    >>> print(document.text())
    leadline: 1
    name: New  # for now
    <BLANKLINE>
    """

    def __init__(self, source: Source):
        self._source = source
        self._root, self._problems = read_tree(source)

    @classmethod
    def read(
        cls, source: str | os.PathLike[str] | None = None, *, text: str | None = None, file: str | None = None
    ) -> ModelDocument:
        """Open a path or a text. Raises :class:`ModelError` where it is not YAML; `model` tells the rest."""
        return cls(load_source(source, text=text, file=file))

    @property
    def model(self) -> Model:
        """The model as it stands. Raises :class:`ModelError` where an edit has made it wrong."""
        return model_of(self._source)

    def text(self) -> str:
        """The whole file."""
        return self._source.text

    def get(self, path: Path) -> Any:
        """The data at `path`; KeyError where there is nothing."""
        return plain(self._find(path))

    def set(self, path: Path, value: Any) -> None:
        """Put a text, number, true or false, list or mapping at `path`, under a new key where needed."""
        if not path:
            raise KeyError("the path is empty: name the key that is to be set")
        parent = self._find(path[:-1], make=True)
        if isinstance(parent, Scalar):  # nothing yet, or something else: it becomes a mapping
            self._commit(path[:-1], {str(path[-1]): value}, self._replaced(parent, {str(path[-1]): value}))
            return
        key = self._key(parent, path[-1])
        if key is None:
            self._commit(path, value, self._inserted(parent, str(path[-1]), value))
        else:
            self._commit(path, value, self._replaced(_child(parent, key), value))

    def add(self, path: Path, entry: Any, *, before: str | int | None = None) -> None:
        """Add an entry to the list at `path`, at its end or `before` another; a list is made where absent."""
        try:
            listing = self._find(path)
        except KeyError:
            self.set(path, [entry])
            return
        if isinstance(listing, Scalar) and listing.value is None:
            self.set(path, [entry])
            return
        if not isinstance(listing, Listing):
            raise KeyError(f"{_spell(path)} is not a list")
        at = len(listing.items) if before is None else self._key(listing, before)
        if not isinstance(at, int):
            raise KeyError(f"there is no {before!r} in {_spell(path)}")
        expected = plain(self._root)
        self._data_at(expected, path).insert(at, entry)
        self._take(self._added(listing, at, entry), expected)

    def remove(self, path: Path) -> None:
        """Take out the key or the entry at `path`; KeyError where there is nothing."""
        self._find(path)
        parent = self._find(path[:-1])
        assert not isinstance(parent, Scalar)
        key = self._key(parent, path[-1])
        assert key is not None
        expected = plain(self._root)
        del self._data_at(expected, path[:-1])[key]
        self._take(self._without(parent, key), expected)

    def move(self, path: Path, by: int) -> None:
        """Let the key or entry at `path` change places with the one before it (-1) or after it (1).

        A comment on its line goes with it; lines of comment above it stay where they are. KeyError where
        there is no such neighbour.

        >>> document = ModelDocument.read(text="leadline: 1\\nname: A  # mine\\n")
        >>> document.move(("name",), -1)
        >>> document.text()
        'name: A  # mine\\nleadline: 1\\n'
        """
        self._find(path)
        parent = self._find(path[:-1])
        assert not isinstance(parent, Scalar)
        key = self._key(parent, path[-1])
        names: list[Any] = list(range(len(parent.items)) if isinstance(parent, Listing) else parent.pairs)
        at = names.index(key)
        if by not in (-1, 1) or not 0 <= at + by < len(names):
            raise KeyError(f"{_spell(path)} has no neighbour to change places with")
        names[at], names[at + by] = names[at + by], names[at]
        self._take(self._exchanged(parent, min(at, at + by)), self._in_order(path[:-1], names))

    def rename(self, path: Path, name: str) -> None:
        """Call the key at `path` otherwise, where it stands; KeyError where the new name is taken."""
        self._find(path)
        parent = self._find(path[:-1])
        if not isinstance(parent, Mapping):
            raise KeyError(f"{_spell(path)} is not a key")
        if name in parent.pairs:
            raise KeyError(f"there is a {name!r} already")
        node, _ = parent.pairs[str(path[-1])]
        expected = plain(self._root)
        at = self._data_at(expected, path[:-1])
        renamed = {name if key == str(path[-1]) else key: value for key, value in at.items()}
        at.clear()
        at.update(renamed)
        self._take(self._spliced(node.start, node.end, emit.scalar(name, flow=parent.flow)), expected)

    # --- finding ---------------------------------------------------------------------------------------

    def _find(self, path: Path, *, make: bool = False) -> Node:
        node: Node = self._root
        for depth, part in enumerate(path):
            key = None if isinstance(node, Scalar) else self._key(node, part)
            if key is None and make and not isinstance(node, Listing) and isinstance(part, str):
                self.set(path[: depth + 1], {})
                return self._find(path, make=True)
            if key is None or isinstance(node, Scalar):
                raise KeyError(f"there is no {_spell(path[: depth + 1])} in {self._source.file}")
            node = _child(node, key)
        return node

    def _key(self, node: Mapping | Listing, part: str | int) -> str | int | None:
        """The key of a mapping or the number in a list that `part` means; None where it means nothing."""
        if isinstance(node, Mapping):
            return str(part) if str(part) in node.pairs else None
        if isinstance(part, int):
            return part if 0 <= part < len(node.items) else None
        for number, item in enumerate(node.items):
            names = [item.get(name) for name in _NAMES] if isinstance(item, Mapping) else []
            if any(isinstance(name, Scalar) and name.text == part for name in names):
                return number
        return None

    def _in_order(self, path: Path, names: list[Any]) -> Any:
        """The whole data, with the entries at `path` in another order."""
        expected = plain(self._root)
        at = self._data_at(expected, path)
        if isinstance(at, list):
            at[:] = [at[name] for name in names]
            return expected
        pairs = {name: at[name] for name in names}
        at.clear()
        at.update(pairs)
        return expected

    def _data_at(self, data: Any, path: Path) -> Any:
        node: Node = self._root
        for part in path:
            assert not isinstance(node, Scalar)
            key = self._key(node, part)
            assert key is not None
            data, node = data[key], _child(node, key)
        return data

    # --- taking an edit over ---------------------------------------------------------------------------

    def _commit(self, path: Path, value: Any, text: str) -> None:
        if not path:
            expected = value
        else:
            expected = plain(self._root)
            parent = self._find(path[:-1])
            key = None if isinstance(parent, Scalar) else self._key(parent, path[-1])
            self._data_at(expected, path[:-1])[path[-1] if key is None else key] = value
        self._take(text, expected)

    def _take(self, text: str, expected: Any) -> None:
        """Believe an edit only where the new text reads as what it was to be."""
        edited = ModelDocument(Source(self._source.file, text))
        if not _same(plain(edited._root), _as_read(expected)):
            raise ValueError(
                "this place of the file is laid out in a way that cannot be edited here; edit it by hand"
            )
        self._source, self._root, self._problems = edited._source, edited._root, edited._problems

    # --- stretches of text -----------------------------------------------------------------------------

    @property
    def _newline(self) -> str:
        return "\r\n" if "\r\n" in self._source.text else "\n"

    def _spliced(self, start: int, end: int, new: str) -> str:
        return self._source.text[:start] + new + self._source.text[end:]

    def _column(self, offset: int) -> int:
        return self._source.place(offset)[1] - 1

    def _line_start(self, offset: int) -> int:
        return offset - self._column(offset)

    def _line_end(self, offset: int) -> int:
        """The end of the line's text, its line break not included."""
        text = self._source.text
        ends = [at for at in (text.find("\r\n", offset), text.find("\n", offset)) if at >= 0]
        return min(ends, default=len(text))

    def _replaced(self, node: Node, value: Any) -> str:
        new = emit.flow(value)
        if node.start == node.end and self._source.text[node.start - 1 : node.start] == ":":
            new = " " + new  # there was nothing after the colon
        return self._spliced(node.start, node.end, new)

    def _inserted(self, parent: Mapping | Listing, key: str, value: Any) -> str:
        if isinstance(parent, Listing):
            raise KeyError(f"there is no {key!r} in the list; `add` puts a new entry in")
        pair = {key: value}
        if parent.flow:
            return self._in_brackets(parent, emit.flow(pair)[1:-1])
        first = next(iter(parent.pairs.values()))[0]
        return self._below(parent.end, emit.block_lines(pair, self._column(first.start)))

    def _in_brackets(self, node: Mapping | Listing, new: str) -> str:
        ends = [end for _, end in _spans(node)]
        at = ends[-1] if ends else node.start + 1
        return self._spliced(at, at, f", {new}" if ends else new)

    def _below(self, end: int, lines: list[str]) -> str:
        at = self._line_end(end)
        return self._spliced(at, at, self._newline + self._newline.join(lines))

    def _added(self, listing: Listing, at: int, entry: Any) -> str:
        if listing.flow:
            if at == len(listing.items):
                return self._in_brackets(listing, emit.flow(entry))
            start = listing.items[at].start
            return self._spliced(start, start, emit.flow(entry) + ", ")
        sibling = listing.items[0]
        like_flow = not isinstance(sibling, Mapping) or sibling.flow
        column = self._column(listing.start)
        lines = [" " * column + "- " + emit.flow(entry)] if like_flow else emit.block_lines([entry], column)
        if at == len(listing.items):
            return self._below(listing.end, lines)
        start = self._line_start(listing.items[at].start)
        return self._spliced(start, start, self._newline.join(lines) + self._newline)

    def _exchanged(self, parent: Mapping | Listing, first: int) -> str:
        """The text with the entries `first` and the one after it in each other's place."""
        (a, a_end), (b, b_end) = _spans(parent)[first : first + 2]
        if not parent.flow:
            a_end, b_end = self._line_end(a_end), self._line_end(b_end)
        text = self._source.text
        return self._spliced(a, b_end, text[b:b_end] + text[a_end:b] + text[a:a_end])

    def _without(self, parent: Mapping | Listing, key: str | int) -> str:
        spans = _spans(parent)
        number = key if isinstance(key, int) else list(parent.pairs).index(key)  # type: ignore[union-attr]
        if len(spans) == 1:
            return self._spliced(parent.start, parent.end, "[]" if isinstance(parent, Listing) else "{}")
        start, end = spans[number]
        if parent.flow:
            last = number == len(spans) - 1
            return self._spliced(
                *((spans[number - 1][1], end) if last else (start, spans[number + 1][0])), ""
            )
        before = self._source.text[self._line_start(start) : start]
        if isinstance(parent, Mapping) and before.strip():  # the first key, beside its dash
            return self._spliced(start, spans[number + 1][0], "")
        stop = self._line_end(end)
        stop += len(self._newline) if stop < len(self._source.text) else 0
        return self._spliced(self._line_start(start), stop, "")


def _child(node: Mapping | Listing, key: str | int) -> Node:
    return node.items[key] if isinstance(node, Listing) else node.pairs[key][1]  # type: ignore[index]


def _spans(node: Mapping | Listing) -> list[tuple[int, int]]:
    """From where to where each entry goes."""
    if isinstance(node, Listing):
        return [(item.start, item.end) for item in node.items]
    return [(key.start, max(key.end, value.end)) for key, value in node.pairs.values()]


def _same(one: Any, other: Any) -> bool:
    """Equal, with keys in the same order: criteria and qualities have one that matters."""
    if isinstance(one, dict) and isinstance(other, dict):
        return list(one) == list(other) and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return one == other


def _as_read(data: Any) -> Any:
    """Data as the reader gives it: keys are texts, tuples are lists, numbers are floats."""
    if isinstance(data, dict):
        return {str(key): _as_read(value) for key, value in data.items()}
    if isinstance(data, (list, tuple)):
        return [_as_read(value) for value in data]
    return float(data) if isinstance(data, int) and not isinstance(data, bool) else copy.copy(data)


def _spell(path: Path) -> str:
    return "`" + ".".join(str(part) for part in path) + "`"
