"""Names and values that tell of what came after: written by those who worked on a lead, or by its "
"outcome."""

from __future__ import annotations

import re

from leadline.starter import guesses

_HISTORY = re.compile(
    r"\b(previous|previously|prev|prior|past|earlier|former|historic\w*|history|marital|employment"
    r"|visa|residen\w*"
    r"|civil|credit|family|housing|smok\w+|military|health|parent\w*)\b"
)
_WORKED_ON = (
    r"lead|prospect|opportunity|opp|deal|sales|pipeline|application|booking|reservation|order"
    r"|enrol\w*|quote"
    r"|claim|ticket|subscription|candidate"
)
_ENDED = (
    r"lost|loss|won|win|close|closed|closing|closure|churn|churned|rejected|rejection|refusal"
    r"|declined|disqualified"
    r"|disqualification|cancelled|canceled|cancellation|dropout|withdrawn|withdrawal|termination"
    r"|converted|conversion"
    r"|sold|sale|signed|signing|resolution"
)
_NAMES: tuple[tuple[str, str], ...] = (
    (r"^(\w+ )?tags?$", "tags are put on by those who work on it"),
    (
        (
        r"\blast (\w+ )?(activity|activities|action|contact|contacted|call|called|touch|status|step"
        r"|modified|updated?|note|event)\b"
        r"|\b(modified|updated) (at|on|date|time|by)\b|^(date |time )?(modified|updated)$"
        r"|\blatest (activity|status|note)\b"
        ),
        "it tells of the last thing that happened, which may have come after the decision",
    ),
    (
        (
        rf"\b({_WORKED_ON}) (quality|score|grade|rating|rank|status|stage|outcome|result|temperature"
        rf"|disposition)\b"
        r"|\b(lead|prospect) profile\b"
        ),
        "it is a judgement by those who work on it",
    ),
    (
        (
        r"\b(activity|profile|engagement|behaviou?r\w*|propensity|predictive|predicted|conversion"
        r"|intent|einstein|win|close)"
        r" (score|index|grade|rating|probability|likelihood)\b|^(win |close |deal )?probability$"
        r"|^forecast( category)?$"
        ),
        "it was scored by others, and nobody says from what",
    ),
    (
        (
        rf"\b({_ENDED}) (reasons?|date|datetime|time|timestamp|value|amount|at|on|by|code|notes?"
        rf"|comments?|month|channel)\b"
        rf"|\breason (for )?(the )?({_ENDED}|not|refus\w*|losing|leaving|closing)\b"
        rf"|\b(date|day|time|reason|amount|value) (of )?(the )?({_ENDED})\b|\bcompetitor (won|chosen)\b"
        ),
        "it is filled in once it is over",
    ),
    (
        (
        r"^(closed|won|lost|outcome|result|status|stage|disposition|sold|converted|final \w+)$"
        r"|\bdisposition\b"
        r"|\b(call|meeting|demo|interview|visit) (outcome|result)\b|\bnext (step|action|activity)s?\b"
        ),
        "it says how far things have come",
    ),
    (
        (
        r"\b(won|closed|sold|paid|invoiced?) (amount|value|revenue|total)\b|\binvoice (no|number|id"
        r"|date|amount|total|sent|paid)\b"
        r"|\bcontract (signed|number|no|id|date|start|value)\b|\bpayment (date|received|status)\b"
        r"|\brefund(ed)?\b|\brecover(y|ies)\b"
        ),
        "it comes of the sale itself",
    ),
    (
        (
        r"\b(sales|rep|agent|call|internal|crm|follow ?up|team|staff|coordinator) (notes?|remarks?"
        r"|comments?|summary|feedback)\b"
        r"|^(notes?|remarks?)$"
        ),
        "notes are written by those who work on it",
    ),
)  # fmt: skip
_HINTS = re.compile(
    r"\b(status|stage|outcome|result|reason|quality|grade|rating|score|index|notes?|comments?"
    r"|remarks?|activity"
    r"|owner|assigned|probability|final|closed?|won|lost|cancel\w*|complet\w*|approv\w*|confirm\w*"
    r"|follow ?up)\b"
)
_VALUES = re.compile(
    r"closed (won|lost|by|as)\b|\blost to\b|\b(deal|sale|opportunity|case) (won|lost|closed)\b"
    r"|\bwill (revert|decide|call back|get back|join|buy|sign)\b"
    r"|\balready (a |an )?(\w+ )?(student|customer|client|member|purchased|bought|booked|joined"
    r"|enrolled|insured|signed|cancelled)\b"
    r"|^not interested|\bnot interested\b|\binterested in other\b|^ringing$|\bswitched off\b"
    r"|\bwrong number\b|\binvalid number\b"
    r"|\bnot reachable\b|\bno[- ]show\b|\bcheck(ed)?[- ]?(out|in)\b|^cancell?ed\b|\bcancell?ed (by"
    r"|after|before)\b"
    r"|\b(contract|agreement) (sent|signed|received)\b|\binvoice (sent|paid)\b|\bproposal (accepted"
    r"|rejected)\b"
    r"|\boffer (accepted|rejected|declined)\b|\bchose (a )?(competitor|another|other)\b"
    r"|\bwent with\b|\bconverted to\b"
    r"|\bpolicy (issued|bound|signed)\b|\bpayment (received|done|made)\b|\bin touch with\b"
    r"|\blost interest\b|\bdropped out\b"
    r"|\bonboard(ed|ing)\b|\bfirst shift (done|completed)\b|\bdoes not want\b|\bdeclined\b|\bwithdrew\b"
)  # fmt: skip


def name_tells(column: str) -> str | None:
    """Why a column of that name is likely filled in after the fact, if it is.

    >>> name_tells("Last Notable Activity")
    'it tells of the last thing that happened, which may have come after the decision'
    >>> name_tells("Marital status"), name_tells("Lead Source"), name_tells("Previous cancellations")
    (None, None, None)
    """
    said = guesses.apart(column)
    if _HISTORY.search(said):
        return None
    return next((why for pattern, why in _NAMES if re.search(pattern, said)), None)


def name_hints(column: str) -> bool:
    """Whether a name could be of such a column: enough to ask for less proof by figures."""
    said = guesses.apart(column)
    return bool(_HINTS.search(said)) and not _HISTORY.search(said)


def value_tells(value: str) -> bool:
    """Whether a value speaks of a later stage or of the outcome.

    >>> value_tells("Closed by Horizon"), value_tells("Unemployed")
    (True, False)
    """
    return bool(_VALUES.search(value.casefold()))
