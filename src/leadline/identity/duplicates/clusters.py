"""Rows that proposed pairs connect, directly or through others."""

from __future__ import annotations

from collections import defaultdict

import pyarrow as pa

from leadline.identity.resolve import Merge, roots


def clusters_of(pairs: pa.Table) -> list[tuple[int, int]]:
    """(cluster, row), clusters numbered from 1, the largest first, rows in the table's order."""
    left, right = pairs["row_1"].to_pylist(), pairs["row_2"].to_pylist()
    joined = [Merge(i, "", loser, winner) for i, (winner, loser) in enumerate(zip(left, right, strict=True))]
    top = roots(joined)
    members: defaultdict[int, list[int]] = defaultdict(list)
    for row in sorted({*left, *right}):
        members[top.get(row, row)].append(row)
    in_order = sorted(members.values(), key=lambda rows: (-len(rows), rows[0]))
    return [(number, row) for number, rows in enumerate(in_order, start=1) for row in rows]
