"""Where a character of a value stands in the file that it was read from."""

from __future__ import annotations

from leadline.model.tree import Scalar

_ESCAPED_BLANKS = "ntrvfbae0 \t_NLP"  # \n, \t and the like: they count as white space here
_ESCAPE_LENGTH = {"x": 4, "u": 6, "U": 10}


def place_in(node: Scalar, source: str, offset: int) -> int:
    """The offset in `source` of the character at `offset` of the node's text.

    White space is what YAML folds, indents and trims, so the other characters are counted on both sides.

    >>> place_in(Scalar("it's so", 3, 13, "'"), "a: 'it''s so'", 5)
    10
    """
    wanted = sum(not c.isspace() for c in node.text[:offset])
    at, stop = node.start, node.end
    if node.style in ("|", ">"):
        at = source.find("\n", at, stop) + 1 or stop  # past the header
    elif node.style:
        at, stop = at + 1, stop - 1
    while at < stop:
        length, counts = _unit(source, at, node.style)
        if counts and wanted == 0:
            return at
        wanted -= counts
        at += length
    return node.start


def _unit(source: str, at: int, style: str) -> tuple[int, bool]:
    """How many characters of the source make one of the value, and whether that is to be counted."""
    if style == "'" and source.startswith("''", at):
        return 2, True
    if style == '"' and source[at] == "\\":
        escape = source[at + 1 : at + 2]
        if escape in ("\n", "\r"):  # a line that goes on
            return 2, False
        return _ESCAPE_LENGTH.get(escape, 2), escape not in _ESCAPED_BLANKS
    return 1, not source[at].isspace()
