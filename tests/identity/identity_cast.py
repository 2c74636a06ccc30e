"""What the tests of who is who share."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import combinations

_FIRST = "Ana Ben Cleo Dieter Eva Finn Greta Hugo Ingrid Jonas Karla Lorenz Mia Nils Olga Paul Rosa Tilda Uwe"
_LAST = """
    Winter Sommer Herbst Frost Hagel Regen Sturm Nebel Ackermann Bischof Conrad Dietrich Eberhardt Franke
    Gruber Heinrich Iversen Jung Kowalski Lindner Moreau Novak Oswald Petersen Quast Rossi Schubert Thomsen
    Ulrich Vogt Weber Yilmaz Zimmermann Bauer Dubois Ferrari Garcia Huber Keller Larsen
"""
FIRST, LAST = _FIRST.split(), _LAST.split()
SYLLABLES = ["ba", "ker", "lo", "min", "ra", "sten", "tor", "vel", "win", "zan", "hol", "dri", "fen", "gus"]


def colleagues(companies: int = 60, each: int = 10) -> tuple[list[dict[str, str]], set[tuple[int, int]]]:
    """Contacts of companies, who share their site, address and switchboard; one in ten is doubled.

    Gives the rows and the pairs of row numbers that are one person.
    """
    chance = random.Random(7)
    rows: list[dict[str, str]] = []
    people: list[int] = []
    for company in range(companies):
        name = "".join(chance.sample(SYLLABLES, 3)).title()
        shared = {
            "company": f"{name} GmbH",
            "website": f"www.{name.lower()}.de",
            "phone": f"+49 30 {100_000 + company * 37}",
            "street": f"{''.join(chance.sample(SYLLABLES, 2)).title()}weg {company + 1}",
            "city": chance.choice(["Berlin", "Hamburg", "Bremen", "Jena"]),
        }
        for first, last in chance.sample([(first, last) for first in FIRST for last in LAST], each):
            row = {"first_name": first, "last_name": last, **shared}
            row["email"] = f"{first}.{last}@{name}.de".lower()
            rows.append(row)
            people.append(len(people))
            if chance.random() < 0.1:
                rows.append(_again(row, chance))
                people.append(people[-1])
    pairs = {(i, j) for i, j in combinations(range(len(rows)), 2) if people[i] == people[j]}
    return [{"id": f"L{i}", **row} for i, row in enumerate(rows)], pairs


def _again(row: dict[str, str], chance: random.Random) -> dict[str, str]:
    """The same person as another form has them."""
    last = row["last_name"]
    changes: Sequence[dict[str, str]] = (
        {"email": row["email"].replace("@", "+crm@"), "phone": ""},
        {"last_name": last[:-1] + last[-1] * 2, "company": row["company"].replace(" GmbH", "")},
        {"email": f"{row['first_name']}{last}@gmail.com".lower(), "street": "", "city": ""},
        {"first_name": row["first_name"].upper(), "website": ""},
    )
    return row | chance.choice(changes)
