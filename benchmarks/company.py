"""The example company in Parquet, made once and kept in a folder that is never committed."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

AS_OF = 1_782_864_000_000_000  # 2026-07-01T00:00:00Z in µs, the day after the company's last fact
FOLDER = Path("build/benchmark")
_MONTH = 30 * 86_400_000_000


@dataclass(frozen=True)
class Size:
    """How many leads, and how many events each has on average."""

    leads: int
    events_per_lead: float
    seed: int = 1

    @property
    def folder(self) -> str:
        return f"{self.leads}-leads-{self.events_per_lead:g}-events-seed-{self.seed}"


@dataclass(frozen=True)
class Files:
    """The company's files, and how many rows each has."""

    leads: Path
    traits: Path
    events: Path
    model: Path
    rows: dict[str, int]

    @classmethod
    def of(cls, folder: Path) -> Files:
        rows = json.loads((folder / "made.json").read_text())["rows"]
        traits, events = folder / "traits.parquet", folder / "events"
        return cls(folder / "leads.parquet", traits, events, folder / "model.yaml", rows)


def made(data: Path, size: Size, told: Callable[[int, int], None] | None = None) -> Path:
    """The folder of a company of that size, made where it is not there yet.

    The note `made.json` is written last, so that half a company is never measured.
    """
    folder = data / size.folder
    note = folder / "made.json"
    if not note.exists():
        from leadline.sample import write_company

        written = write_company(
            folder, size.leads, size.seed, size.events_per_lead, format="parquet", progress=told
        )
        _by_date(folder / "events")
        note.write_text(json.dumps({"size": asdict(size), "rows": written.rows}))
    return folder


def _by_date(events: Path) -> None:
    """Lays the events out as the log of a site lies: by date, the events of all leads mixed.

    The generator writes a file for each 50,000 leads, which would flatter whatever groups by lead.
    """
    import duckdb

    by_lead = events.rename(events.with_name("events-by-lead"))
    events.mkdir()
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(f"SET temp_directory = '{by_lead}'")
        bounds = connection.execute(
            f"SELECT epoch_us(min(occurred_at)), epoch_us(max(occurred_at)) FROM '{by_lead}/*.parquet'"
        ).fetchall()[0]
        for number, (first, last) in enumerate(_months(*bounds)):
            month = f"epoch_us(occurred_at) BETWEEN {first} AND {last}"
            connection.execute(
                f"COPY (SELECT * FROM '{by_lead}/*.parquet' WHERE {month} "
                f"ORDER BY occurred_at, event_id) TO '{events}/month-{number:02}.parquet' (COMPRESSION zstd)"
            )
    shutil.rmtree(by_lead)


def _months(first: int, last: int) -> list[tuple[int, int]]:
    """Stretches of 30 days that cover two instants and what lies between."""
    return [(begin, begin + _MONTH - 1) for begin in range(first, last + 1, _MONTH)]


def told_on_stderr(what: str) -> Callable[[int, int], None]:
    """A line that counts up on a terminal."""

    def told(done: int, of: int) -> None:
        if sys.stderr.isatty():
            print(
                f"\rmaking {what}: {done:,} of {of:,} leads",
                end="\n" if done == of else "",
                file=sys.stderr,
                flush=True,
            )

    return told


if __name__ == "__main__":
    data, leads, each, seed = sys.argv[1:]
    made(Path(data), Size(int(leads), float(each), int(seed)), told_on_stderr("the company"))
    print("{}")
