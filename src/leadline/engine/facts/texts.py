"""Text files as people have them: encodings, line ends, NUL bytes, delimiters, headers.

A file that is clean UTF-8 is read where it lies; any other is written out clean into the scratch folder
first, and what was repaired is told.
"""

from __future__ import annotations

import codecs
import csv
import io
import itertools
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from leadline.engine.facts.errors import FactsError

DELIMITERS = (",", ";", "\t", "|")
PACKED = (".gz", ".zst", ".bz2")
_CHUNK = 1 << 22
_HEAD = 1 << 20
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_CODECS = {".gz": "gzip", ".zst": "zstd", ".bz2": "bz2"}


@dataclass(frozen=True)
class Clean:
    """A text file that is UTF-8 with one kind of line end, and what had to be repaired for that."""

    given: Path
    path: Path
    size: int  # in bytes, unpacked
    lines: int
    repairs: tuple[str, ...] = ()


@dataclass
class _Seen:
    size: int = 0
    nul: int = 0
    lf: int = 0
    cr: int = 0
    crlf: int = 0
    utf8: bool = True
    last: bytes = b""
    decoder: codecs.IncrementalDecoder = field(default_factory=codecs.getincrementaldecoder("utf-8"))

    def add(self, chunk: bytes) -> None:
        self.size += len(chunk)
        self.nul += chunk.count(b"\0")
        self.lf += chunk.count(b"\n")
        if b"\r" in chunk or self.last == b"\r":
            self.cr += chunk.count(b"\r")
            self.crlf += chunk.count(b"\r\n") + (self.last == b"\r" and chunk[:1] == b"\n")
        self.last = chunk[-1:]
        self._decode(chunk, final=False)

    def end(self) -> None:
        self._decode(b"", final=True)

    def _decode(self, chunk: bytes, final: bool) -> None:
        try:
            if self.utf8:
                self.decoder.decode(chunk, final)
        except UnicodeDecodeError:
            self.utf8 = False

    @property
    def one_line_end(self) -> bool:
        return self.cr == 0 or self.cr == self.crlf == self.lf


def clean(path: Path, scratch: Path) -> Clean:
    """The file itself where it is clean, else a clean copy in `scratch`."""
    seen = _Seen()
    head = b""
    for chunk in _chunks(path):
        head = head or chunk[:4]
        seen.add(chunk)
    seen.end()
    encoding = next((name for bom, name in _BOMS if head.startswith(bom)), None)
    if seen.size == 0:
        raise FactsError(f"{path.name} is empty: there is not even a header in it")
    if encoding is None:
        encoding = "utf-8" if seen.utf8 else "windows-1252"
    repairs = _repairs(encoding, seen)
    packed = path.suffix.lower() in PACKED
    if encoding in ("utf-8", "utf-8-sig") and seen.utf8 and seen.one_line_end and not seen.nul and not packed:
        return Clean(path, path, seen.size, seen.lf + (seen.last != b"\n"))
    copy = scratch / f"{len(list(scratch.iterdir()))}.txt"
    lines = _write_clean(path, copy, encoding)
    return Clean(path, copy, copy.stat().st_size, lines, repairs)


def _repairs(encoding: str, seen: _Seen) -> tuple[str, ...]:
    found = []
    if encoding == "windows-1252" or not (seen.utf8 or encoding == "utf-16"):
        found.append("it is not UTF-8 and was read as Windows-1252; save it as UTF-8 if letters look wrong")
    if seen.nul and encoding != "utf-16":
        found.append(f"{seen.nul:,} NUL bytes were taken out")
    return tuple(found)


def _write_clean(path: Path, copy: Path, encoding: str) -> int:
    """Universal line ends become \\n; what no codec knows is read as Latin-1, which knows all bytes."""
    lines, last = 0, ""
    decoder: codecs.IncrementalDecoder = codecs.getincrementaldecoder(encoding)(errors="leadline-latin-1")
    ends = io.IncrementalNewlineDecoder(decoder, translate=True)
    with copy.open("w", encoding="utf-8", errors="replace", newline="") as out:
        for chunk, final in itertools.chain(((chunk, False) for chunk in _chunks(path)), [(b"", True)]):
            text = ends.decode(chunk, final)
            out.write(text.replace("\0", ""))
            lines += text.count("\n")
            last = text[-1:] or last
    return lines + (last != "\n")


def _as_latin_1(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("latin-1"), error.end


codecs.register_error("leadline-latin-1", _as_latin_1)


def _chunks(path: Path) -> Iterator[bytes]:
    codec = _CODECS.get(path.suffix.lower())
    try:
        with pa.OSFile(str(path)) as file, _unpacked(file, codec) as stream:
            while chunk := stream.read(_CHUNK):
                yield chunk
    except (OSError, pa.ArrowException) as error:
        wrong = f"it is not {codec} inside, or cut short" if codec else "the system does not let it be read"
        raise FactsError(f"{path.name} could not be read: {wrong}") from error


def _unpacked(file: pa.NativeFile, codec: str | None) -> pa.NativeFile:
    return pa.CompressedInputStream(file, codec) if codec else file


def head(file: Clean) -> str:
    """The first part of the text, whole lines."""
    with file.path.open(encoding="utf-8-sig", errors="replace", newline="") as stream:
        return stream.read(_HEAD)


@dataclass(frozen=True)
class Layout:
    """How a delimited file is written: what stands between the cells, and what the header says."""

    delimiter: str
    names: tuple[str, ...]
    skip: int  # blank lines before the header


def layout(file: Clean) -> Layout:
    """The delimiter that divides the first lines most evenly, and the header."""
    text = head(file)
    body = text.lstrip("\r\n")
    if not body.strip():
        raise FactsError(f"{file.given.name} is empty: there is not even a header in it")
    skip = text[: len(text) - len(body)].count("\n")
    delimiter = max(DELIMITERS, key=lambda d: _evenness(body, d))
    names = tuple(name.strip() for name in _header(file, body, delimiter))
    _check_header(file, names)
    return Layout(delimiter, names, skip)


def _evenness(text: str, delimiter: str) -> tuple[float, int]:
    """How many of the first lines have as many cells as the header, then how many cells that is."""
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            rows.append(row)
            if len(rows) == 20:
                break
    except csv.Error:
        pass
    rows = [row for row in rows if row]
    if not rows or len(rows[0]) < 2:
        return 0.0, 0
    return sum(len(row) == len(rows[0]) for row in rows) / len(rows), len(rows[0])


def _header(file: Clean, text: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except (csv.Error, StopIteration) as error:
        raise FactsError(
            f"the header of {file.given.name} cannot be read: "
            "a quotation mark in it is not closed, or stands inside a name"
        ) from error


def _check_header(file: Clean, names: tuple[str, ...]) -> None:
    twice = [name for name, times in Counter(names).items() if times > 1 and name]
    if twice:
        listed = ", ".join(f"`{name}`" for name in twice[:5])
        raise FactsError(
            f"{file.given.name} has the column {listed} twice: rename one, so that it is clear which counts"
        )
    if not any(names):
        raise FactsError(f"{file.given.name} has no names in its header")
