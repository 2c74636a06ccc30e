"""The language that sentences are said in: English as it comes, another where a translator is given.

Whatever builds a sentence says it by :func:`gettext` with what stands in it by name, ``%(points)s``, so that
a translator may change the order. The workspace brings its own translator, which asks who is reading.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


def _same(text: str) -> str:
    return text


def _one_or_many(one: str, many: str, count: int) -> str:
    return one if count == 1 else many


def _english() -> bool:
    return True


@dataclass
class _Translator:
    text: Callable[[str], str] = _same
    counted: Callable[[str, str, int], str] = _one_or_many
    lowers: Callable[[], bool] = _english


_translator = _Translator()


def speak(
    text: Callable[[str], str] = _same,
    counted: Callable[[str, str, int], str] = _one_or_many,
    lowers: Callable[[], bool] = _english,
) -> None:
    """Let sentences be translated from here on, in this process; without arguments, English again.

    `text` and `counted` translate as gettext and ngettext do. `lowers` says whether a title loses its capital
    inside a sentence: in English it does, in German nouns keep it.
    """
    _translator.text, _translator.counted, _translator.lowers = text, counted, lowers


def gettext(text: str) -> str:
    """The text in the reader's language."""
    return _translator.text(text)


def ngettext(one: str, many: str, count: int) -> str:
    """The same of a text that counts something."""
    return _translator.counted(one, many, count)


def gettext_noop(text: str) -> str:
    """The text as it is, gettext_noop for translation where it will be said."""
    return text


def inline(title: str) -> str:
    """A title inside a sentence: `Yearly budget` loses its capital, `URL` does not.

    >>> inline("Yearly budget"), inline("URL")
    ('yearly budget', 'URL')
    """
    if title[1:2].isupper() or (title.istitle() and " " in title) or not _translator.lowers():
        return title
    return title[:1].lower() + title[1:]


def grouped(text: str) -> str:
    """A number's text with the marks of the reader's language: of `1,000.5` German makes `1.000,5`."""
    marks = gettext("1,000.5")
    if marks == "1,000.5":
        return text
    return text.translate({ord(","): marks[1], ord("."): marks[5]})
