"""What being alike is worth in this table: learnt from it without labels, where it is large enough.

The Fellegi-Sunter model as Splink trains it: u from random pairs, m by expectation maximisation on rows that
share something sure. Two things are mended after that, both because duplicates are among random pairs too:
how often strangers agree, and how many of all pairs are of one person.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from typing import Any

import duckdb

from leadline.identity.duplicates.comparisons import Comparison

_RANDOM_PAIRS = 2_000_000
_TRAINING_PAIRS = 1_000_000
_FEWEST_PAIRS = 60  # that share something sure, to learn from
_FEWEST_ROWS = 100
_PERSONAL = (  # what one person's rows share and others' do not; each teaches about all the others
    ("email_key",),
    ("national_id",),
    ("birth",),
    ("first_name", "last_name"),
)
_SHARED = (  # in want of such: colleagues and households are among these
    ("phone", "last_name"),
    ("street", "last_name"),
    ("company", "last_name"),
    ("postcode", "last_name"),
    ("street", "street_number"),
    ("phone",),
)
_ENOUGH_LESSONS = 2
_GUESSED_SHARE = 0.2  # of rows that have a like, where nothing can be learnt

Settings = dict[str, Any]


def settings_of(comparisons: Sequence[Comparison], keys: Sequence[str], prior: float) -> Settings:
    """What Splink needs to know; m and u are guesses still."""
    from splink import block_on

    return {
        "link_type": "dedupe_only",
        "unique_id_column_name": "row",
        "comparisons": [comparison.as_splink() for comparison in comparisons],
        "blocking_rules_to_generate_predictions": [block_on(key) for key in keys],
        "probability_two_random_records_match": prior,
        "retain_matching_columns": True,  # brings the levels along
        "retain_intermediate_calculation_columns": True,
        "max_iterations": 30,
    }


def learn(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    comparisons: Sequence[Comparison],
    keys: Sequence[str],
    seed: int,
) -> tuple[Any, bool]:
    """A Splink linker over the table, trained; and whether there was enough to learn from."""
    from splink import DuckDBAPI, Linker

    logging.getLogger("splink").setLevel(logging.ERROR)
    ((rows,),) = connection.execute(f"SELECT count(*) FROM {table}").fetchall()
    prior = min(0.3, _GUESSED_SHARE / max(rows, 2))
    registered = DuckDBAPI(connection).register(table)
    linker = Linker(registered, settings_of(comparisons, keys, prior), log_level=None)
    lessons = _lessons(connection, table) if rows >= _FEWEST_ROWS else []
    if not lessons:
        return linker, False
    linker.training.estimate_u_using_random_sampling(
        max_pairs=_RANDOM_PAIRS, seed=seed, min_count_per_level=None, num_chunks=1
    )
    for lesson in lessons:
        linker = _after(lesson, linker, registered)
    trained = _sane(linker.misc.save_model_to_json(), comparisons)
    return Linker(registered, trained, log_level=None), True


def _lessons(connection: duckdb.DuckDBPyConnection, table: str) -> list[tuple[str, ...]]:
    """Of the sure things, the first few that enough pairs of rows share."""
    names = {row[0] for row in connection.execute(f"DESCRIBE {table}").fetchall()}
    known = [columns for columns in (*_PERSONAL, *_SHARED) if names.issuperset(columns)]
    enough = [c for c in known if _pairs(connection, table, c) >= _FEWEST_PAIRS]
    personal = [columns for columns in enough if columns in _PERSONAL]
    return personal if len(personal) >= _ENOUGH_LESSONS else enough[:_ENOUGH_LESSONS]


def _pairs(connection: duckdb.DuckDBPyConnection, table: str, columns: Collection[str]) -> int:
    listed = ", ".join(columns)
    there = " AND ".join(f"{column} IS NOT NULL" for column in columns)
    ((pairs,),) = connection.execute(
        f"SELECT coalesce(sum(n * (n - 1) / 2), 0) FROM "
        f"(SELECT count(*) AS n FROM {table} WHERE {there} GROUP BY {listed})"
    ).fetchall()
    return int(pairs)


def _after(lesson: Sequence[str], linker: Any, registered: Any) -> Any:
    """The linker that has learnt this; as it was, where nothing is to be learnt from it.

    A lesson that fails half-way leaves the linker without the comparisons that it shuts out, so that one is
    left behind.
    """
    from splink import Linker, block_on
    from splink.internals.exceptions import EMTrainingException

    before = linker.misc.save_model_to_json()
    try:
        linker.training.estimate_parameters_using_expectation_maximisation(
            block_on(*lesson),
            max_pairs=_TRAINING_PAIRS,
            record_sample_proportion=1.0,
            estimate_without_term_frequencies=True,
        )
    except (EMTrainingException, ValueError):
        return Linker(registered, before, log_level=None)
    return linker


def _sane(settings: Settings, comparisons: Sequence[Comparison]) -> Settings:
    """The guess again where nothing was learnt, or the contrary of what being alike means."""
    guesses = {comparison.name: comparison.as_splink() for comparison in comparisons}
    for comparison in settings["comparisons"]:
        guessed = guesses[comparison["output_column_name"]]["comparison_levels"]
        learnt = [level for level in comparison["comparison_levels"] if not level.get("is_null_level")]
        first, last = learnt[0], learnt[-1]
        upside_down = _ratio(first) < 2 or _ratio(last) > 1
        for level, guess in zip(comparison["comparison_levels"], guessed, strict=True):
            if level.get("is_null_level"):
                continue
            for part in ("m_probability", "u_probability"):
                if upside_down or not level.get(part):
                    level[part] = guess[part]
    return settings


def _ratio(level: dict[str, Any]) -> float:
    m, u = level.get("m_probability"), level.get("u_probability")
    return m / u if m and u else float("nan")
