"""How cells are written in exports that nobody tidied: "1,234.50", "€ 300", "12 %", "10/20/2016", "Select".

A model reads numbers and times strictly. What is learned from a plain table is read with these expressions
instead, when it is learned from and whenever it is scored, so that both see the same.
"""

from __future__ import annotations

from dataclasses import dataclass

from leadline.engine.facts import values_sql as sql

PLACEHOLDERS = (
    "select", "-select-", "--select--", "- select -", "select one", "please select", "-", "--", "---",
    "—", "–", ".", "?", "n/a", "na", "n.a.", "#n/a", "n/v", "null", "nan", "nil", "none", "(none)", "<na>",
    "(null)",
    "nat", "<null>", "undefined", "(blank)", "not available", "not provided", "not specified", "not set",
    "(not set)",    "unspecified", "not answered", "no answer", "not given",
)  # fmt: skip
"""What stands in a cell in place of an answer. "Unknown" and "Other" are answers that people give."""

_GROUPED = r"[0-9]{1,3}([,' \x{00A0}\x{202F}][0-9]{3})+([.][0-9]+)?"
_GROUPED_BY_DOTS = r"[0-9]{1,3}([.][0-9]{3})+,[0-9]+|[0-9]{1,3}([.][0-9]{3}){2,}"
_DECIMAL_COMMA = r"[0-9]+,([0-9]{1,2}|[0-9]{4,})"
_PLAIN = r"([0-9]+([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]{1,4})?"
_UNIT = r"(%|€|£|\$|¥|₹|USD|EUR|GBP|CHF|INR|Rs\.?|US\$|R\$|BRL|kr|zł)"


@dataclass(frozen=True)
class Dates:
    """How the dates of a column are written: whether a day stands before its month where both are numbers."""

    day_first: bool = False


def is_placeholder(text: str) -> str:
    listed = ", ".join(sql.literal(word) for word in PLACEHOLDERS)
    return f"(lower({sql.trimmed(text)}) IN ({listed}))"


def said(text: str) -> str:
    """The text, or null where it is blank or only stands in for an answer."""
    return f"CASE WHEN NOT {is_placeholder(text)} THEN {sql.blank_to_null(text)} END"


def number(text: str) -> str:
    """A number as people write it, or null. Percent are taken as they stand: "12 %" is 12."""
    bare = (
        f"regexp_replace({sql.trimmed(text)}, '^([+-]?) *{_UNIT}? *|[ \\x{{00A0}}]*{_UNIT}?$', '\\1', 'gi')"
    )
    bare = f"trim({bare})"
    body = f"regexp_replace({bare}, '^[+-] *', '')"
    sign = f"CASE WHEN starts_with({bare}, '-') THEN -1.0 ELSE 1.0 END"
    tidy = (
        f"CASE WHEN regexp_full_match({body}, {sql.literal(_PLAIN)}) THEN {body} "
        f"WHEN regexp_full_match({body}, {sql.literal(_GROUPED)}) "
        f"THEN regexp_replace({body}, {sql.literal('[^0-9.]')}, '', 'g') "
        f"WHEN regexp_full_match({body}, {sql.literal(_GROUPED_BY_DOTS)}) "
        f"THEN replace(replace({body}, '.', ''), ',', '.') "
        f"WHEN regexp_full_match({body}, {sql.literal(_DECIMAL_COMMA)}) THEN replace({body}, ',', '.') END"
    )
    value = f"TRY_CAST(({tidy}) AS DOUBLE)"
    return f"CASE WHEN isfinite({value}) THEN {sign} * {value} END"


def micros(text: str, dates: Dates = Dates()) -> str:
    """An instant as people write it, or null: 2016/10/20, 20.10.2016, 10/20/2016 9:05 PM; not ISO 8601."""
    order = "%d{0}%m{0}%Y" if dates.day_first else "%m{0}%d{0}%Y"
    days = ["%Y/%m/%d", "%d.%m.%Y", "%d %b %Y", "%b %d, %Y", "%d %B %Y", "%B %d, %Y", "%d-%b-%Y"]
    days += [order.format("/"), order.format("-")]
    days = [day.replace("%Y", "%y") for day in (order.format("/"), order.format("-"), "%d.%m.%Y")] + days
    clocks = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")
    listed = ", ".join(sql.literal(day + clock) for day in days for clock in clocks)
    return sql.in_range(f"epoch_us(try_strptime({sql.trimmed(text)}, [{listed}]))")


def month_beyond(text: str, group: int) -> str:
    """Whether the first or second number of a date with slashes or dashes is more than 12: no month."""
    plain = sql.trimmed(text)
    found = f"regexp_extract({plain}, '^([0-9]{{1,2}})[/-]([0-9]{{1,2}})[/-][0-9]{{2,4}}', {group})"
    return f"(TRY_CAST(nullif({found}, '') AS BIGINT) > 12)"
