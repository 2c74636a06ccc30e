"""The example company in memory and on disk."""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from importlib import resources
from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow as pa

from leadline.sample.draws import Ints
from leadline.sample.files import CsvFile, ParquetFile, ParquetFolder
from leadline.sample.people import Period
from leadline.sample.spending import draw_spend
from leadline.sample.tables import Chunk, Counts, draw_chunk, plain

Format = Literal["csv", "parquet"]
START, END = date(2026, 1, 1), date(2026, 6, 30)
MODELS = ("model.yaml", "model-proposed.yaml")
MOST_LEADS = 9_999_999  # as many as ids of seven digits can tell apart
SHORTEST = 28  # days


@dataclass(frozen=True)
class Company:
    """The example company's tables (Arrow), and the truth behind them.

    `leads`, `traits` and `events` are facts as `leadline.assess` takes them; `outcomes` are the deals once
    more, one row each; `spend` is in euros by day and campaign. `truth` tells of every lead what no model may
    see, `truth_events` what is wrong with which event: `machine`, `late`, `doubled` or `void`.
    """

    leads: pa.Table
    traits: pa.Table
    events: pa.Table
    outcomes: pa.Table
    spend: pa.Table
    truth: pa.Table
    truth_events: pa.Table


@dataclass(frozen=True)
class Written:
    """What lies where: `paths` and `rows` by table; `paths` also has `model` and `model_proposed`."""

    folder: Path
    paths: dict[str, Path]
    rows: dict[str, int]


def make_company(
    leads: int = 500,
    seed: int = 1,
    events_per_lead: float = 40.0,
    start: date = START,
    end: date = END,
) -> Company:
    """An invented vendor of planning software in Europe, with a free trial: half a year of its leads.

    What is hidden drives what is seen. Each lead has a `fit` and a `need`, 0 to 1; need rises, fades, or
    comes back. They lean on where the lead comes from, and show, with noise, in the profile, in visits, in
    answers and in deals. Reps (of whom Viktor rejects too readily) get to hot leads through a queue. And
    there is dirt: bots and link scanners, people entered twice, events that come late, twice or void,
    values that do not read, events of people of whom there is no profile, and leads who never did a thing.

    `leads` is the number of profiles. `events_per_lead` is the mean number of events of what they do
    (below 6 or so there are more than asked for, since most leads come by a visit); decisions and deals are
    extra, about one for every two leads. Days run from `start` to `end`, both included, in UTC. The same
    arguments give the same company on the same version of numpy. It is made in one piece: for more than
    100,000 leads, `write_company` needs far less memory.

    Raises ValueError where an argument makes no company.

    >>> company = make_company(leads=200, seed=1)
    >>> company.leads.num_rows
    200
    >>> company.events.column_names[:4]
    ['event_id', 'lead_id', 'event', 'occurred_at']
    """
    _check(leads, seed, events_per_lead, start, end)
    period = _period(start, end)
    chunk = draw_chunk(seed, Counts(), leads, period, events_per_lead)
    spend = draw_spend(seed, chunk.arrivals, period)
    return Company(**{name: plain(table, name) for name, table in chunk.tables.items()}, spend=spend)


def write_company(
    out: Path | str,
    leads: int = 500,
    seed: int = 1,
    events_per_lead: float = 40.0,
    start: date = START,
    end: date = END,
    format: Format = "csv",  # noqa: A002 - the word users know
    chunk: int = 50_000,
    progress: Callable[[int, int], None] | None = None,
) -> Written:
    """Writes the example company into the folder `out`, with two models for it: one in use, one proposed.

    Files: `leads`, `traits`, `outcomes`, `spend`, `truth/leads` and `truth/events`, as `.csv` or `.parquet`;
    events as `events.csv`, or as `events/part-00000.parquet` and so on, one for each chunk. CSV has instants
    as `2026-01-31T09:30:00Z`, money with two decimals, nulls as empty cells. Files of the same names are
    replaced.

    Leads are made `chunk` at a time, which bounds the memory: under 1 GB at 50,000 with 40 events each.
    With `chunk` at least `leads` the result equals `make_company`; other chunk sizes give other leads of the
    same kind. Within a chunk, events stand in the order in which they arrived, all leads mixed, as in the
    log of a real site: no engine is flattered by leads lying together. `progress(done, leads)` is called
    after each chunk.

    Raises ValueError where an argument makes no company, or `out` is a file.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     written = write_company(folder, leads=100, seed=7)
    ...     sorted(path.name for path in Path(folder).iterdir())
    ['events.csv', 'leads.csv', 'model-proposed.yaml', 'model.yaml',
     'outcomes.csv', 'spend.csv', 'traits.csv', 'truth']
    """
    _check(leads, seed, events_per_lead, start, end)
    if format not in ("csv", "parquet"):
        raise ValueError(f"format is {format!r}; expected 'csv' or 'parquet'")
    if chunk < 1:
        raise ValueError(f"chunk is {chunk}; expected the number of leads to make at a time, 1 or more")
    folder = Path(out)
    if folder.exists() and not folder.is_dir():
        raise ValueError(f"{folder} is a file; expected a folder to write the example company into")
    period = _period(start, end)
    (folder / "truth").mkdir(parents=True, exist_ok=True)
    _clear_events(folder)

    paths = _paths(folder, format)
    rows: dict[str, int] = {}
    arrivals: Ints = np.zeros((1, 1), dtype=np.int64)
    files = {name: _open(name, path, format) for name, path in paths.items()}
    try:
        for part in _chunks(leads, seed, events_per_lead, period, chunk):
            for name, table in part.tables.items():
                files[name].write(table)
                rows[name] = rows.get(name, 0) + len(table)
            arrivals = arrivals + part.arrivals
            if progress:
                progress(part.next.leads, leads)
        spend = draw_spend(seed, arrivals, period)
        files["spend"].write(spend)
        rows["spend"] = len(spend)
    finally:
        for file in files.values():
            file.close()
    return Written(folder, paths | copy_models(folder), rows)


def copy_models(folder: Path) -> dict[str, Path]:
    """Puts the two models of the example company into `folder`."""
    paths = {}
    for name in MODELS:
        with resources.as_file(resources.files("leadline.sample") / "models" / name) as model:
            paths[Path(name).stem.replace("-", "_")] = Path(shutil.copyfile(model, folder / name))
    return paths


def _chunks(leads: int, seed: int, events_per_lead: float, period: Period, size: int) -> Iterator[Chunk]:
    so_far = Counts()
    while so_far.leads < leads:
        part = draw_chunk(seed, so_far, min(size, leads - so_far.leads), period, events_per_lead)
        so_far = part.next
        yield part


def _period(start: date, end: date) -> Period:
    after = datetime.combine(end + timedelta(days=1), time(), UTC)
    return Period(int(datetime.combine(start, time(), UTC).timestamp()), int(after.timestamp()) - 1)


def _check(leads: int, seed: int, events_per_lead: float, start: date, end: date) -> None:
    if not 1 <= leads <= MOST_LEADS:
        raise ValueError(f"leads is {leads}; expected a number from 1 to {MOST_LEADS:,}")
    if seed < 0:
        raise ValueError(f"seed is {seed}; expected a whole number, 0 or more")
    if not (math.isfinite(events_per_lead) and 1 <= events_per_lead <= 1000):
        raise ValueError(f"events_per_lead is {events_per_lead}; expected a number from 1 to 1000")
    if leads * events_per_lead > 90_000_000:
        raise ValueError(
            f"{leads} leads with {events_per_lead} events each are more than 90 million events; "
            "ask for fewer of either"
        )
    if (end - start).days + 1 < SHORTEST:
        raise ValueError(
            f"{start} to {end} is too short for leads to become deals; expected {SHORTEST} days or more"
        )


def _paths(folder: Path, format: Format) -> dict[str, Path]:  # noqa: A002
    places = {name: name for name in ("leads", "traits", "events", "outcomes", "spend")}
    places |= {"truth": "truth/leads", "truth_events": "truth/events"}
    paths = {name: folder / f"{place}.{format}" for name, place in places.items()}
    if format == "parquet":
        paths["events"] = folder / "events"
    return paths


def _clear_events(folder: Path) -> None:
    """Parts of an earlier, larger company must not be read along with this one."""
    for old in (folder / "events").glob("part-*.parquet"):
        old.unlink()


def _open(name: str, path: Path, format: Format) -> CsvFile | ParquetFile | ParquetFolder:  # noqa: A002
    if format == "csv":
        return CsvFile(path, name)
    return ParquetFolder(path, name) if name == "events" else ParquetFile(path, name)
