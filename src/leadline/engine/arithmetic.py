"""The few sums that every engine must do alike, written once in plain Python.

Points are added as whole numbers, so the order of the facts and the engine cannot change a score:
an event's points are rounded to a billionth of a point (a *nano*), a signal's sum of nanos to hundredths
(*cents*), half away from zero. Scores and ledger entries are cents, shown with two decimals.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from leadline.model.values import DAY

NANO = 1_000_000_000  # nanos in a point
CENT = NANO // 100  # nanos in a hundredth of a point
CRITERION_STATES = ("yes", "no", "unknown")
NO_BAND = "-"


@lru_cache(maxsize=1024)
def nanos_of(points: float) -> int:
    """The size of `points`, without sign, in nanos: the decimal number as it was written.

    >>> nanos_of(-0.1)
    100000000
    """
    return int((abs(Decimal(repr(float(points)))) * NANO).to_integral_value(ROUND_HALF_UP))


def decayed(nanos: int, age: int, half_life: int | None) -> int:
    """What is left of an event's nanos at `age` microseconds.

    >>> decayed(1000, 14, 7)
    250
    """
    if half_life is None:
        return nanos
    return int(float(nanos) * 2.0 ** -(float(age) / float(half_life)) + 0.5)


def cents_of_nanos(nanos: int) -> int:
    """Nanos, not negative, in cents, half up.

    >>> cents_of_nanos(5_000_000), cents_of_nanos(4_999_999)
    (1, 0)
    """
    return (nanos + CENT // 2) // CENT


def sign(points: float) -> int:
    return -1 if points < 0 else 1


def days(micros: int) -> float:
    """Microseconds in days, a fraction."""
    return float(micros) / float(DAY)


@lru_cache(maxsize=1 << 16)
def _fold(character: str, upper: bool) -> str:
    folded = character.upper() if upper else character.lower()
    return folded if len(folded) == 1 else character


def simple_lower(text: str) -> str:
    """Lower case, code point by code point; what would need two code points stays as it is.

    >>> simple_lower("ΣΑΣ"), simple_lower("Straße")
    ('σασ', 'straße')
    """
    return text.lower() if text.isascii() else "".join(_fold(c, False) for c in text)


def simple_upper(text: str) -> str:
    """Upper case, code point by code point; what would need two code points stays as it is.

    >>> simple_upper("Straße")
    'STRAßE'
    """
    return text.upper() if text.isascii() else "".join(_fold(c, True) for c in text)
