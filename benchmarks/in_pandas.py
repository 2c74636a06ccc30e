"""The same fit and intent as Leadline's, by hand in pandas: what a careful analyst would write.

It knows the model file but not its language: the conditions of the example company's model stand here as
pandas expressions, and a test compares the scores. It reads only the columns that it needs, keeps texts as
categories and evaluates conditions on the categories rather than on rows, drops columns as soon as it can,
counts each event id once, and rounds as the specification says. It does not do what else `qualify` does:
criteria, journey, quality, stages, the ledger.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.dataset as ds

DAY = 86_400_000_000
NANO, CENT = 1_000_000_000, 10_000_000
ZONE = "Europe/Berlin"


@dataclass(frozen=True)
class Signal:
    """One line of the model; days and points as written there."""

    event: str
    points: int
    half_life: int
    column: str | None = None
    starts: tuple[str, ...] = ()
    equals: tuple[str, ...] = ()
    window: int | None = None
    max_per_day: int | None = None
    max_points: int | None = None


SIGNALS = (
    Signal("form", 35, 30, "name", equals=("demo",), window=60, max_points=50),
    Signal("form", 15, 30, "name", equals=("contact",), window=60, max_points=30),
    Signal("trial_started", 25, 30),
    Signal("page", 10, 21, "path", starts=("/pricing",), window=90, max_per_day=2, max_points=30),
    Signal("page", 5, 21, "path", starts=("/compare",), window=90, max_per_day=2, max_points=15),
    Signal("page", 2, 21, "path", starts=("/docs",), equals=("/security",), max_per_day=3, max_points=12),
    Signal("page", 2, 21, "path", starts=("/customers",), max_per_day=2, max_points=8),
    Signal("chat_message", 4, 21, max_per_day=2, max_points=16),
    Signal("webinar_attended", 10, 30, max_points=16),
    Signal("form", 5, 30, "name", equals=("whitepaper",), max_points=10),
    Signal("email_clicked", 2, 14, max_per_day=1, max_points=8),
    Signal("page", -10, 60, "path", starts=("/careers",), max_points=40),
    Signal("email_unsubscribed", -15, 90, max_points=15),
)
FIELDS = ["seniority", "employees", "country", "industry", "email_kind"]
MAKERS = ["manufacturing", "logistics", "wholesale", "construction", "energy"]


def scores(leads: Path, traits: Path | None, events: Path, as_of: int) -> pd.DataFrame:
    """`fit` and `intent` of every lead of whom something is known at `as_of` (µs), by `lead_id`."""
    profiles = _profiles(leads, traits, as_of)
    points, seen = _intent(events, as_of)
    everyone = profiles.index.union(seen)
    fit = _fit(profiles).reindex(everyone, fill_value=0)
    return pd.DataFrame({"fit": fit / 100, "intent": points.reindex(everyone, fill_value=0) / 100})


def _profiles(leads: Path, traits: Path | None, as_of: int) -> pd.DataFrame:
    """Of each lead the latest value of each field, from profile and answers."""
    wide = pd.read_parquet(leads, columns=["lead_id", "created_at", *FIELDS])
    wide["t"] = _micros(wide.pop("created_at"))
    wide = wide[wide["t"] <= as_of]
    stated = wide.set_index("lead_id")[FIELDS]
    if traits is None:
        return stated
    answers = pd.read_parquet(traits, columns=["lead_id", "trait_id", "field", "value", "occurred_at"])
    answers["t"] = _micros(answers.pop("occurred_at"))
    answers = answers[answers["t"] <= as_of]
    known = stated.index.union(answers["lead_id"].unique())
    mine = answers[answers["field"].isin(FIELDS)].sort_values(["t", "trait_id", "value"])
    latest = mine.drop_duplicates(["lead_id", "field"], keep="last")
    profile = stated.reindex(known)
    since = wide.set_index("lead_id")["t"].reindex(known)
    for name, told in latest.groupby("field"):
        told = told.set_index("lead_id")
        before = profile.loc[told.index, name]
        wins = before.isna().to_numpy() | (told["t"].to_numpy() >= since[told.index].to_numpy())
        profile.loc[told.index[wins], name] = told["value"][wins]
    return profile


def _fit(of: pd.DataFrame) -> pd.Series:
    """In hundredths, between 0 and 100 points."""
    employees = pd.to_numeric(of["employees"], errors="coerce")
    fit = (
        25 * of["seniority"].isin(["c_level", "vp", "director"])
        + 12 * of["seniority"].eq("manager").fillna(False)
        + 25 * employees.between(50, 1000)
        + 20 * of["country"].isin(["DE", "AT", "CH", "NL"])
        + 15 * of["industry"].isin(MAKERS)
        + 15 * of["email_kind"].eq("work").fillna(False)
        - 15 * (employees < 10)
    )
    return fit.clip(0, 100).astype("int64") * 100


def _intent(events: Path, as_of: int) -> tuple[pd.Series, pd.Index]:
    """In hundredths, between 0 and 100 points; and the leads who did anything."""
    twice = _ids_that_stand_twice(events)
    rows = _counted_once(_read(events), twice, as_of)
    codes = rows["lead_id"].cat.codes.to_numpy()
    ids = pd.Index(rows["lead_id"].cat.categories)
    seen = ids[np.bincount(codes, minlength=len(ids)) > 0]
    signals = _signal(rows)
    counted = signals >= 0
    rows = pd.DataFrame(
        {"lead": codes[counted], "signal": signals[counted], "t": rows["t"].to_numpy()[counted]}
    )
    kept = _first_of_each_day(rows[_in_window(rows, as_of)])
    cents = _cents(kept, as_of).groupby("lead").sum().clip(0, 10_000)
    return pd.Series(cents.to_numpy(), index=ids[cents.index.to_numpy()]), seen


def _ids_that_stand_twice(events: Path) -> pd.Series:
    """Row number -> id. Ids are the largest column by far, so they are read alone and dropped again."""
    ids = ds.dataset(events).to_table(columns=["event_id"])["event_id"].to_pandas()
    return ids[ids.duplicated(keep=False)]


def _read(events: Path) -> pd.DataFrame:
    texts = ["lead_id", "event", "path", "name"]
    form = ds.ParquetFileFormat(dictionary_columns=texts)
    table = ds.dataset(events, format=form).to_table(columns=["occurred_at", "void", *texts])
    return table.unify_dictionaries().to_pandas(split_blocks=True, self_destruct=True)


def _counted_once(rows: pd.DataFrame, twice: pd.Series, as_of: int) -> pd.DataFrame:
    """Of the rows with one id the one that occurred first; none that is void, none that is later."""
    rows["t"] = _micros(rows.pop("occurred_at"))
    doubles = rows.loc[twice.index, ["t", "void", "lead_id"]].assign(event_id=twice)
    doubles["alive"] = ~doubles["void"]
    firsts = doubles.sort_values(["t", "alive", "lead_id"]).drop_duplicates("event_id", keep="first")
    counts = np.ones(len(rows), dtype=bool)
    counts[doubles.index.to_numpy()] = False
    counts[firsts.index.to_numpy()] = True
    counts &= ~rows.pop("void").to_numpy() & (rows["t"].to_numpy() <= as_of)
    return rows[counts]


def _signal(rows: pd.DataFrame) -> np.ndarray:
    """The number of each event's signal, or -1: looked up by the codes of its name and its property."""
    found = np.full(len(rows), -1, dtype=np.int8)
    names = list(rows["event"].cat.categories)
    event = rows["event"].cat.codes.to_numpy()
    for column in ("path", "name", None):
        here = [(i, s) for i, s in enumerate(SIGNALS) if s.column == column and s.event in names]
        texts = list(rows[column].cat.categories) if column else []
        table = np.full((len(names), len(texts) + 1), -1, dtype=np.int8)  # the last column: no text
        for i, signal in here:
            hits = [not column or _is_of(signal, text) for text in texts] + [not column]
            table[names.index(signal.event), hits] = i
        text = rows[column].cat.codes.to_numpy() if column else np.full(len(rows), -1, dtype=np.int8)
        found = np.maximum(found, table[event, text])
    return found


def _is_of(signal: Signal, text: str) -> bool:
    return text in signal.equals or text.startswith(signal.starts or "\0")


def _of_signal(values: list[int | None], otherwise: int) -> np.ndarray:
    return np.array([otherwise if v is None else v for v in values], dtype=np.int64)


def _in_window(rows: pd.DataFrame, as_of: int) -> np.ndarray:
    windows = _of_signal([s.window for s in SIGNALS], 100_000) * DAY
    return rows["t"].to_numpy() > as_of - windows[rows["signal"].to_numpy()]


def _first_of_each_day(rows: pd.DataFrame) -> pd.DataFrame:
    most = _of_signal([s.max_per_day for s in SIGNALS], 0)[rows["signal"].to_numpy()]
    limited = rows[most > 0].sort_values("t")
    local = pd.to_datetime(limited["t"], unit="us", utc=True).dt.tz_convert(ZONE).dt.tz_localize(None)
    day = (_micros(local) // DAY).astype("int32")
    nth = limited.groupby(["lead", "signal", day], sort=False).cumcount().to_numpy()
    most = _of_signal([s.max_per_day for s in SIGNALS], 0)[limited["signal"].to_numpy()]
    return pd.concat([rows[~rows.index.isin(limited.index)], limited[nth < most]])


def _cents(kept: pd.DataFrame, as_of: int) -> pd.Series:
    """What each signal gives each lead, faded, cut and rounded, in signed hundredths."""
    signal = kept["signal"].to_numpy()
    each = _of_signal([abs(s.points) for s in SIGNALS], 0)[signal] * float(NANO)
    half_life = (_of_signal([s.half_life for s in SIGNALS], 1) * DAY)[signal]
    left = np.floor(each * np.exp2((kept["t"].to_numpy() - as_of) / half_life) + 0.5).astype(np.int64)
    nanos = pd.Series(left).groupby([kept["lead"].to_numpy(), signal]).sum()
    of = nanos.index.get_level_values(1).to_numpy()
    limit = _of_signal([s.max_points for s in SIGNALS], 1_000_000)[of] * NANO
    sign = np.sign(_of_signal([s.points for s in SIGNALS], 0))[of]
    cents = sign * ((np.minimum(nanos.to_numpy(), limit) + CENT // 2) // CENT)
    return pd.Series(cents, index=nanos.index.get_level_values(0).rename("lead"))


def _micros(times: pd.Series) -> pd.Series:
    return times.astype("int64") if times.dt.unit == "us" else times.dt.as_unit("us").astype("int64")
