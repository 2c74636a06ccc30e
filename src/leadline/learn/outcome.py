"""Which value of an outcome column means won, which lost, and which is not decided yet."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from leadline.engine.facts import FactsError

WON = re.compile(
    r"(closed |deal |opportunity |is )?(won|win|converted|sold|signed|purchased|bought|paid|success"
    r"|successful|booked)"
    r"|yes|y|true|t|1|1\.0|customer|buyer|accepted|approved|enrolled|subscribed|joined|ordered"
    r"|positive|pos"
)
LOST = re.compile(
    r"(closed |deal |opportunity |is )?(lost|loss|lose)|(not|un|non|no)[ -]?(converted|sold|signed"
    r"|purchased|bought|won|customer"
    r"|subscribed|enrolled|accepted|joined|booked|paid|successful)|no|n|false|f|0|0\.0|rejected"
    r"|declined|refused|failed|failure"
    r"|disqualified|abandoned|unsuccessful|dead|negative|neg|closed|cancelled|canceled"
    r"|dropped( out)?|withdrawn|no sale"
)
OPEN = re.compile(
    r"(open|new|pending|engaging|engaged|prospecting|prospect|negotiat\w*|proposal\w*|nurtur\w*"
    r"|contacted|working|waiting"
    r"|scheduled|qualif\w*|ongoing|active|undecided|draft|discovery|demo|unknown|on[ -]hold"
    r"|in (progress|process|review|pipeline"
    r"|negotiation|discussion)|in[ -]progress|not (yet )?(decided|closed|started)|still open"
    r"|under review|to be decided|tbd)"
    r"( .*)?"
)


@dataclass(frozen=True)
class Meaning:
    """What the values of an outcome column mean, as they are written there."""

    won: tuple[str, ...]
    lost: tuple[str, ...]
    open: tuple[str, ...]
    why: str


def meaning_of(
    column: str, counts: Sequence[tuple[str, int]], said: str | Sequence[str] | None = None
) -> Meaning:
    """Sort the values (with how often each was seen) into won, lost and not yet decided.

    `said` names what means won; else it is guessed where that is clear. Raises FactsError with the values
    seen where it is not.

    >>> meaning_of("stage", [("Won", 40), ("Lost", 60), ("Engaging", 9)]).open
    ('Engaging',)
    """
    values = [value for value, _ in counts]
    lost = [v for v in values if LOST.fullmatch(_plain(v))]
    open_ = [v for v in values if OPEN.fullmatch(_plain(v)) and v not in lost]
    if said is not None:
        return _as_said(column, counts, said, lost, open_)
    won = [v for v in values if WON.fullmatch(_plain(v))]
    rest = [v for v in values if v not in {*won, *lost, *open_}]
    if not won or rest or (not lost and open_ and len(values) > 1):
        raise FactsError(
            f"it is not clear which value of `{column}` means won: it has {listed(counts)}. "
            f"Say it with `won`, such as won={values[0] if values else 'Won'!r}"
        )
    shown = " or ".join(f"`{v}`" for v in won)
    return Meaning(tuple(won), tuple(lost), tuple(open_), f"{shown} means won, by the word")


def _as_said(
    column: str,
    counts: Sequence[tuple[str, int]],
    said: str | Sequence[str],
    lost: list[str],
    open_: list[str],
) -> Meaning:
    wanted = {_plain(str(s)) for s in ([said] if isinstance(said, (str, int, bool, float)) else said)}
    values = [value for value, _ in counts]
    won = [
        v for v in values if _plain(v) in wanted or (_plain(v) in ("1", "0") and f"{_plain(v)}.0" in wanted)
    ]
    missing = wanted - {_plain(v) for v in won}
    if not won or missing:
        raise FactsError(
            f"no row has {', '.join(repr(m) for m in sorted(missing)) or repr(said)} in `{column}`: "
            f"it has {listed(counts)}"
        )
    rest = [v for v in values if v not in won]
    open_ = [v for v in open_ if v in rest]
    decided = [v for v in lost if v in rest]
    if decided:  # a status with words for lost: what is neither is on its way
        open_ = [v for v in rest if v not in decided]
    else:
        decided = [v for v in rest if v not in open_]
    if not decided and open_:  # they are all there is to tell won from
        decided, open_ = open_, []
    return Meaning(tuple(won), tuple(decided), tuple(open_), "as said")


def _plain(value: str) -> str:
    word = re.sub(r"[\s_]+", " ", str(value)).strip().casefold()
    return re.sub(r"^closed[ -]+(?=won|lost)", "closed ", word)


def listed(counts: Sequence[tuple[str, int]]) -> str:
    """The values with how often each was seen, the most frequent first."""
    shown = ", ".join(f"`{v[:60]}` ({n:,})" for v, n in counts[:12])
    return shown + (f" and {len(counts) - 12:,} more values" if len(counts) > 12 else "") or "no value at all"
