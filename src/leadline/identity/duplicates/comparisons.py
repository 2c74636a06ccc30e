"""How two rows are compared: for each kind of column the levels of being alike, from the most to the least.

A level has its SQL, the words for it, and how often it holds of one person's rows (m) and of two strangers'
(u): guesses to begin with, replaced by what the data shows where they show enough.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Level:
    """One way to be alike. `tf` names a column in which rare values count for more than frequent ones."""

    sql: str
    words: str
    m: float
    u: float
    tf: str | None = None
    alike: str | None = None  # SQL of a number that says how alike, from 0 to 1


@dataclass(frozen=True)
class Comparison:
    """The levels of one thing that is compared.

    `shared`: colleagues or a household have it in common, so that it does not tell one of them from another.
    """

    name: str
    missing: str
    levels: tuple[Level, ...]
    different: str
    shared: bool = False

    def as_splink(self) -> dict[str, Any]:
        """As Splink takes it: first what is missing, last everything else."""
        rest_m = max(0.01, 1 - sum(level.m for level in self.levels))
        rest_u = max(0.01, 1 - sum(level.u for level in self.levels))
        return {
            "output_column_name": self.name,
            "comparison_levels": [
                {"sql_condition": self.missing, "label_for_charts": "missing", "is_null_level": True},
                *(_level(level) for level in self.levels),
                {
                    "sql_condition": "ELSE",
                    "label_for_charts": self.different,
                    "m_probability": rest_m,
                    "u_probability": rest_u,
                },
            ],
        }

    def level(self, gamma: int) -> Level | None:
        """The level that Splink numbers so; None for 0, which is different, and -1, which is missing."""
        return self.levels[len(self.levels) - gamma] if gamma > 0 else None


def _level(level: Level) -> dict[str, Any]:
    out = {
        "sql_condition": level.sql,
        "label_for_charts": level.words,
        "m_probability": level.m,
        "u_probability": level.u,
    }
    if level.tf:
        out |= {"tf_adjustment_column": level.tf, "tf_minimum_u_value": 0.0005}
    return out


def comparisons_for(columns: Collection[str]) -> list[Comparison]:
    """The comparisons that a prepared table's columns allow."""
    built = []
    for column in columns:
        stem, _, number = column.rpartition("_")
        base, suffix = (stem, f"_{number}") if number.isdigit() else (column, "")
        builder = _BUILDERS.get(base)
        if builder is not None:
            built.append(builder(base, suffix))
    return built


def _both(column: str) -> str:
    return f'"{column}_l" = "{column}_r"'


def _missing(*columns: str) -> str:
    return " AND ".join(f'("{column}_l" IS NULL OR "{column}_r" IS NULL)' for column in columns)


def _winkler(column: str, least: float) -> str:
    return f"{_similarity(column)} >= {least}"


def _similarity(column: str) -> str:
    return f'jaro_winkler_similarity("{column}_l", "{column}_r")'


def _typo(column: str) -> str:
    return f'damerau_levenshtein("{column}_l", "{column}_r") <= 1'


def _name(base: str, suffix: str) -> Comparison:
    column, words = f"{base}{suffix}", base.replace("_", " ")
    levels = [Level(_both(column), f"same {words}", 0.65, 0.005, tf=column)]
    if base == "first_name":
        forms = f'"first_forms{suffix}_l", "first_forms{suffix}_r"'
        levels.append(Level(f"list_has_any({forms})", "one first name is short for the other", 0.05, 0.005))
    alike = _similarity(column)
    levels += [
        Level(f"{alike} >= 0.92", f"{words}s alike", 0.1, 0.003, alike=alike),
        Level(f"{alike} >= 0.84", f"{words}s alike", 0.06, 0.01, alike=alike),
        Level(f"{alike} >= 0.7", f"{words}s a little alike", 0.04, 0.05, alike=alike),
    ]
    return Comparison(column, _missing(column), tuple(levels), f"different {words}")


def _email(base: str, suffix: str) -> Comparison:
    key, local = f"email_key{suffix}", f"email_local{suffix}"
    # not by Jaro-Winkler: jan.winter and jan.lindner begin alike and are two colleagues
    longest = f'greatest(length("{local}_l"), length("{local}_r"))'
    alike = f'1 - damerau_levenshtein("{local}_l", "{local}_r") / {longest}'
    levels = (
        Level(_both(f"email{suffix}"), "same e-mail", 0.55, 0.0001),
        Level(_both(key), "same e-mail but for dots or a +tag", 0.05, 0.00005),
        Level(_typo(key), "e-mails alike but for one sign", 0.08, 0.00005),
        Level(f'{_both(local)} AND length("{local}_l") > 3', "same e-mail before the @", 0.07, 0.0005),
        Level(f"{alike} >= 0.8", "e-mails alike", 0.07, 0.002, alike=alike),
    )
    return Comparison(f"email{suffix}", _missing(f"email{suffix}"), levels, "different e-mail")


def _exact_or_typo(words: str, m: float, u: float, *, shared: bool = False, tf: bool = True) -> Any:
    def build(base: str, suffix: str) -> Comparison:
        column = f"{base}{suffix}"
        levels = (
            Level(_both(column), f"same {words}", m, u, tf=column if tf else None),
            Level(_typo(column), f"{words}s alike but for one sign", (1 - m) / 3, u),
        )
        return Comparison(column, _missing(column), levels, f"different {words}", shared)

    return build


def _text(words: str, m: float, u: float, *, shared: bool = False) -> Any:
    def build(base: str, suffix: str) -> Comparison:
        column = f"{base}{suffix}"
        alike = _similarity(column)
        levels = (
            Level(_both(column), f"same {words}", m, u, tf=column),
            Level(f"{alike} >= 0.92", f"{words} alike", (1 - m) / 3, u, alike=alike),
            Level(f"{alike} >= 0.82", f"{words} a little alike", (1 - m) / 4, 3 * u, alike=alike),
        )
        return Comparison(column, _missing(column), levels, f"different {words}", shared)

    return build


def _plain(words: str, m: float, u: float, *, shared: bool = False) -> Any:
    def build(base: str, suffix: str) -> Comparison:
        column = f"{base}{suffix}"
        levels = (Level(_both(column), f"same {words}", m, u, tf=column),)
        return Comparison(column, _missing(column), levels, f"different {words}", shared)

    return build


def _birth(base: str, suffix: str) -> Comparison:
    left, right = f'"birth{suffix}_l"', f'"birth{suffix}_r"'
    swapped = f"{left}[1:4] = {right}[1:4] AND {left}[6:7] = {right}[9:10] AND {left}[9:10] = {right}[6:7]"
    two_of_three = (
        f"({left}[1:4] = {right}[1:4])::INT + ({left}[6:7] = {right}[6:7])::INT "
        f"+ ({left}[9:10] = {right}[9:10])::INT >= 2"
    )
    levels = (
        Level(_both(f"birth{suffix}"), "same date of birth", 0.75, 0.0002),
        Level(_typo(f"birth{suffix}"), "dates of birth alike but for one digit", 0.08, 0.002),
        Level(swapped, "dates of birth with day and month swapped", 0.02, 0.0005),
        Level(two_of_three, "dates of birth alike in two of year, month and day", 0.05, 0.005),
        Level(f"{left}[1:4] = {right}[1:4]", "same year of birth", 0.03, 0.02),
    )
    column = f"birth{suffix}"
    return Comparison(column, _missing(column), levels, "different date of birth")


_BUILDERS: dict[str, Any] = {
    "first_name": _name,
    "last_name": _name,
    "email": _email,
    "birth": _birth,
    "phone": _exact_or_typo("telephone number", 0.7, 0.0005, shared=True, tf=False),
    "national_id": _exact_or_typo("number of identity", 0.85, 0.00002, tf=False),
    "middle_name": _text("middle name", 0.7, 0.02),
    "postcode": _exact_or_typo("postcode", 0.75, 0.003, shared=True),
    "street_number": _exact_or_typo("house number", 0.75, 0.02, shared=True),
    "street": _text("street", 0.65, 0.001, shared=True),
    "city": _text("city", 0.75, 0.02, shared=True),
    "place": _text("place of birth", 0.75, 0.02),
    "company": _text("company", 0.7, 0.002, shared=True),
    "title": _text("job", 0.5, 0.03),
    "website": _plain("website", 0.7, 0.002, shared=True),
    "region": _plain("region", 0.85, 0.15, shared=True),
    "country": _plain("country", 0.95, 0.4, shared=True),
    "gender": _plain("gender", 0.97, 0.5),
}
