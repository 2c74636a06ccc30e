"""Looking for leads that may be one person: proposals alone; people decide."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pyarrow as pa
from django.db import transaction

from leadline.identity.duplicates import ColumnsError, find_duplicates
from leadline.web.leads.models import Lead, Subject
from leadline.web.leads.rows import chunks, fetch
from leadline.web.quality.models import Pair, Search

FIELDS = ("phone", "city", "country", "postal_code", "job_title", "title")
FEWEST = 2
MOST_PAIRS = 20_000

_FIELDS = """
    SELECT s.lead_id, t.field, t.value, t.occurred_at
    FROM leads_span s JOIN leads_trait t
      ON t.subject_id = s.subject_id AND t.occurred_at >= s.starts AND t.occurred_at < s.ends
    WHERE s.lead_id IN ({}) AND t.field IN %s AND t.value IS NOT NULL
    ORDER BY t.occurred_at, t.trait_id
"""


def look_for_duplicates(at: int, progress: Callable[[int, int, str], None] | None = None) -> int:
    """Compare all people, and write the pairs down; gives how many are open.

    What somebody has decided stays decided. A pair that is no longer proposed goes, unless it was decided.
    """
    tell = progress or (lambda done, total, said: None)
    tell(0, 3, "")
    table = people(tell)
    tell(1, 3, "")
    learnt, rows = False, []
    if table.num_rows >= FEWEST:
        try:
            found = find_duplicates(table, id_column="id")
        except ColumnsError:  # nothing that would tell people apart
            found = None
        if found is not None:
            learnt, rows = found.learnt, found.pairs.slice(0, MOST_PAIRS).to_pylist()
    tell(2, 3, "")
    _write(rows, at)
    Search.objects.update_or_create(id=1, defaults={"at": at, "leads": table.num_rows, "learnt": learnt})
    return Pair.objects.filter(decided="").count()


def people(tell: Callable[[int, int, str], None] | None = None) -> pa.Table:
    """Everybody who is known by name or address, with what tells people apart."""
    known = Lead.objects.exclude(kind=Subject.ANON).exclude(name="", email="")
    rows = list(known.order_by("id").values_list("id", "name", "email", "company"))
    extra: dict[str, dict[int, str]] = {field: {} for field in FIELDS}
    for some in chunks([number for number, *_ in rows]):
        for lead, field, value, _ in _told(some):
            extra[field][lead] = value
    columns = {
        "id": [str(number) for number, *_ in rows],
        "name": [name or None for _, name, _, _ in rows],
        "email": [email or None for _, _, email, _ in rows],
        "company": [company or None for *_, company in rows],
        **{f: [of.get(number) for number, *_ in rows] for f, of in extra.items() if of},
    }
    return pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()})


def _told(leads: list[int]) -> Iterable[tuple]:
    named = ", ".join(f"'{field}'" for field in FIELDS)
    return fetch(_FIELDS.replace("IN %s", f"IN ({named})"), leads)


@transaction.atomic
def _write(rows: list[dict], at: int) -> None:
    proposed = {}
    for row in rows:
        one, two = sorted((int(row["id_1"]), int(row["id_2"])))
        proposed[one, two] = Pair(
            one=one, two=two, probability=row["probability"], rule=row["rule"] or "",
            reasons=row["reasons"], against=row["against"], found_at=at,
        )  # fmt: skip
    decided = set(Pair.objects.exclude(decided="").values_list("one", "two"))
    Pair.objects.filter(decided="").delete()
    Pair.objects.bulk_create([p for k, p in proposed.items() if k not in decided], batch_size=200)
