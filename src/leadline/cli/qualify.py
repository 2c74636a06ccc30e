"""`qualify`: every lead judged, with the reasons."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from leadline.cli.console import note, print_json, settings, show, steps
from leadline.cli.options import (
    AsOf,
    Events,
    Json,
    Leads,
    Mapped,
    ModelFile,
    NoColor,
    OutFormat,
    PredictorFile,
    Traits,
    instant_or_now,
    one_or_many,
)

if TYPE_CHECKING:
    from leadline.cli.call_list import Call
    from leadline.engine.assess import Assessments
    from leadline.engine.facts import Finding
    from leadline.model import Model


class EngineName(StrEnum):
    AUTO = "auto"
    DUCKDB = "duckdb"
    SPARK = "spark"
    REFERENCE = "reference"


Engine = Annotated[
    EngineName,
    typer.Option(
        "--engine",
        metavar="auto|duckdb|spark|reference",
        help="What computes it; all give the same. `auto` is duckdb. `spark` needs the extra `spark`.",
    ),
]


@dataclass(frozen=True)
class Judged:
    """What `qualify` has to tell."""

    model: Model
    as_of: int
    leads: int
    qualities: dict[str | None, int]
    stages: dict[str | None, int]
    bands: dict[str, int]
    band_quality: dict[str, str | None]  # the most frequent quality of a band
    calls: list[Call]
    findings: tuple[Finding, ...]
    paths: dict[str, Path]
    rows: dict[str, int]


def qualify(
    model: ModelFile,
    leads: Leads = None,
    traits: Traits = None,
    events: Events = None,
    mapping: Mapped = None,
    as_of: AsOf = None,
    predictor: PredictorFile = None,
    engine: Engine = EngineName.AUTO,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="DIR", help="Write assessments and ledger there.", rich_help_panel="Output"
        ),
    ] = None,
    format_: Annotated[
        OutFormat,
        typer.Option(
            "--format", metavar="parquet|csv", help="What to write them as.", rich_help_panel="Output"
        ),
    ] = OutFormat.PARQUET,
    as_json: Json = False,
    no_color: NoColor = False,
) -> None:
    """Who is worth a call, and why: judges every lead, and writes assessments and ledger.

    Prints how many leads of each quality and stage there are, the ten to call first with their reasons, and
    what was wrong with the data.
    """
    from leadline.cli.reading import read_judge

    at = instant_or_now(as_of)
    files = {"leads": one_or_many(leads), "traits": one_or_many(traits), "events": one_or_many(events)}
    judged = _judge(read_judge(model, predictor), files, mapping or [], at, engine.value, out, format_)
    if as_of is None:
        from leadline.model.values import time_text

        note(f"Judged as of now, {time_text(at)}; --as-of judges at another instant.")
    if settings.as_json:
        print_json(as_data(judged))
    else:
        from leadline.cli.console import console
        from leadline.cli.screen import screen_of

        show(*screen_of(judged, console().width))


def _judge(
    model: Model,
    files: dict[str, Any],
    mapping: list[str],
    at: int,
    engine: str,
    out: Path | None,
    format_: OutFormat,
) -> Judged:
    from leadline.cli.call_list import calls
    from leadline.cli.contacts import contacts_of
    from leadline.cli.reading import read_facts
    from leadline.engine.assess import assess_facts

    with steps("Reading the data", "Judging every lead", "Looking at the data", "Writing") as step:
        facts = read_facts([model], files, mapping)
        step()
        result = assess_facts(model, facts, as_of=at, engine=engine)
        step()
        findings = facts.findings()
        chosen = calls(model, result.assessments, result.ledger)
        contacts = contacts_of(facts, files["leads"], mapping, [call.lead["lead_id"] for call in chosen])
        chosen = [replace(call, contact=contacts.get(call.lead["lead_id"], {})) for call in chosen]
        step()
        paths = _write(result, out, format_) if out else {}
    return _summed(model, at, result, chosen, findings, paths)


def _write(result: Assessments, out: Path, format_: OutFormat) -> dict[str, Path]:
    from leadline.cli.results import in_order, write_tables

    ledger = in_order(result.ledger, "lead_id", "as_of", "part", "rule")
    return write_tables({"assessments": result.assessments, "ledger": ledger}, out, format_)


def _summed(
    model: Model,
    at: int,
    result: Assessments,
    calls: list[Call],
    findings: tuple[Finding, ...],
    paths: dict[str, Path],
) -> Judged:
    table = result.assessments
    pairs = Counter(_counted(table, "band", "quality"))
    top: dict[str, str | None] = {}
    for (band, quality), _ in sorted(pairs.items(), key=lambda item: item[1]):
        top[band] = quality
    return Judged(
        model, at, len(table),
        _in_order(_counts(table, "quality"), [q.name for q in model.quality]),
        _in_order(_counts(table, "stage"), [*model.lifecycle.names, "disqualified"]),
        {band: n for band, n in _counts(table, "band").items() if band is not None},
        top, calls, findings, paths,
        {"assessments": len(table), "ledger": len(result.ledger)},
    )  # fmt: skip


def _counted(table: Any, *columns: str) -> dict[Any, int]:
    grouped = table.group_by(list(columns)).aggregate([([], "count_all")])
    keys = zip(*(grouped.column(c).to_pylist() for c in columns), strict=True)
    return dict(zip(keys, grouped.column("count_all").to_pylist(), strict=True))


def _counts(table: Any, column: str) -> dict[str | None, int]:
    return {key: n for (key,), n in _counted(table, column).items()}


def _in_order(counts: dict[str | None, int], names: list[str]) -> dict[str | None, int]:
    """By the model's order, each that it names and, where there are any, those without one."""
    listed: dict[str | None, int] = {name: counts.get(name, 0) for name in names}
    return listed | ({None: counts[None]} if counts.get(None) and names else {})


def as_data(judged: Judged) -> dict[str, Any]:
    """The same as JSON data."""
    from leadline.cli.reading import findings_data, predictor_data
    from leadline.model.values import time_text

    return {
        "model": {"name": judged.model.name, "version": judged.model.version},
        "predictor": predictor_data(judged.model),
        "as_of": time_text(judged.as_of),
        "leads": judged.leads,
        "quality": {name or "none": n for name, n in judged.qualities.items()},
        "stage": {name or "none": n for name, n in judged.stages.items()},
        "band": dict(sorted(judged.bands.items())),
        "call_first": [call.as_dict() for call in judged.calls],
        "findings": findings_data(judged.findings),
        "written": {
            name: {"path": str(path), "rows": judged.rows[name]} for name, path in judged.paths.items()
        },
    }
