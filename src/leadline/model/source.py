"""The text of a model file, and where in it something stands."""

from __future__ import annotations

import os
import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from leadline.model.errors import ModelError, Problem

MAX_BYTES = 256 * 1024

_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_BOM = "\ufeff"


@dataclass(frozen=True)
class Source:
    """A model's text under the name that its problems are told with."""

    file: str
    text: str

    @cached_property
    def _line_starts(self) -> list[int]:
        return [0, *(found.end() for found in re.finditer(r"\r\n|\r|\n", self.text))]

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column, both from 1, of a character."""
        line = bisect_right(self._line_starts, offset) - 1
        return line + 1, offset - self._line_starts[line] + 1

    def problem(self, offset: int, message: str, path: str = "") -> Problem:
        line, column = self.place(offset)
        return Problem(line, column, message, path)

    def error(self, offset: int, message: str) -> ModelError:
        """The error for what keeps the rest of the file from being read."""
        return ModelError(self.file, [self.problem(offset, message)])


def read_source(path: str | os.PathLike[str], file: str | None = None) -> Source:
    """The file at `path`. Raises :class:`ModelError` where it is absent, too large or not UTF-8."""
    name = file or os.fspath(path)
    try:
        with Path(path).open("rb") as opened:
            raw = opened.read(MAX_BYTES + 4)  # a byte order mark is not counted
    except (OSError, ValueError) as error:
        reason = {FileNotFoundError: "there is no such file", IsADirectoryError: "this is a folder"}
        message = reason.get(type(error)) or getattr(error, "strerror", None) or "not a path"
        raise ModelError(name, [Problem(1, 1, f"the model cannot be read: {message}")]) from None
    return source_of_bytes(raw, name)


def source_of_bytes(raw: bytes, file: str) -> Source:
    """The text of UTF-8 bytes, with or without a byte order mark."""
    if raw.startswith(_UTF_16):
        raise Source(file, "").error(0, "the file is UTF-16: save it as UTF-8")
    if len(raw) > MAX_BYTES + 3:  # before decoding, which an oversized file may cut in the middle
        raise _too_large(file)
    try:
        return source_of_text(raw.decode("utf-8"), file)
    except UnicodeDecodeError as error:
        before = Source(file, raw[: error.start].decode("utf-8").removeprefix(_BOM))
        message = f"byte 0x{raw[error.start]:02X} is not UTF-8 (Latin-1, perhaps?): save the file as UTF-8"
        raise before.error(len(before.text), message) from None


def source_of_text(text: str, file: str) -> Source:
    """A text that came from elsewhere, checked for size and for characters that cannot stand in YAML."""
    text = text.removeprefix(_BOM)
    if len(text) > MAX_BYTES or len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise _too_large(file)
    source = Source(file, text)
    if found := _UNPRINTABLE.search(text):
        name = "a NUL character" if found[0] == "\0" else f"the character U+{ord(found[0]):04X}"
        raise source.error(found.start(), f"{name} cannot stand in a model: delete it")
    return source


def _too_large(file: str) -> ModelError:
    return Source(file, "").error(
        0, f"the file is larger than {MAX_BYTES // 1024} KiB, the most a model may have"
    )
