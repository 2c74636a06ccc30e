"""What marketing paid for the leads: by day, source and campaign."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from leadline.sample.draws import DAY, Ints, stream
from leadline.sample.people import People, Period
from leadline.sample.vocabulary import BATCH_DAYS, CAMPAIGNS, SOURCES

_CAMPAIGNS = [(source, campaign) for source in SOURCES for campaign in source.campaigns]


def count_arrivals(people: People, period: Period) -> Ints:
    """Leads by day and campaign: the counts of several chunks may be added."""
    days = period.length // DAY + 1
    day = people.arrived[: people.known] // DAY - period.start // DAY
    cell = day * len(CAMPAIGNS) + people.campaign[: people.known]
    return np.bincount(cell, minlength=days * len(CAMPAIGNS)).reshape(days, len(CAMPAIGNS))


def draw_spend(seed: int, arrivals: Ints, period: Period) -> pa.Table:
    """Campaigns that cost nothing have no rows; lists and fairs are paid on their days, others every day."""
    rng = stream(seed, 0, "spending")
    rows = []
    for place, (source, campaign) in enumerate(_CAMPAIGNS):
        leads = arrivals[:, place]
        noise = rng.lognormal(0, 0.18, len(leads))
        missed = rng.poisson(0.25 * source.clicks_per_lead, len(leads))
        if source.cost == 0 or leads.sum() == 0:
            continue
        # Advertising is paid for by the day's budget, whether or not leads come of it.
        even = leads if campaign in BATCH_DAYS else 0.5 * leads + 0.5 * leads.mean()
        amount = np.round(source.cost * even * noise, 2)
        clicks = (source.clicks_per_lead * even * noise).astype(np.int64) + missed
        for day in np.flatnonzero(amount > 0):
            rows.append(
                (day, source.name, campaign, amount[day], clicks[day] if source.clicks_per_lead else None)
            )
    rows.sort(key=lambda row: (row[0], row[1], row[2]))
    first_day = period.start // DAY
    return pa.table({
        "date": pa.array([first_day + row[0] for row in rows], pa.int32()).cast(pa.date32()),
        "source": pa.array([row[1] for row in rows], pa.string()),
        "campaign": pa.array([row[2] for row in rows], pa.string()),
        "amount": pa.array([row[3] for row in rows], pa.float64()),
        "clicks": pa.array([row[4] for row in rows], pa.int64()),
    })  # fmt: skip
