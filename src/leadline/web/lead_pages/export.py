"""What is seen of the leads as a file: CSV that no spreadsheet runs, or Parquet."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq
from asgiref.sync import sync_to_async
from django.contrib import messages
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponseBase, QueryDict, StreamingHttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from leadline.web.accounts import audit
from leadline.web.accounts.access import Right, requires
from leadline.web.board.columns import FLAG, LIST, NUMBER, SHARE, TIME, Column, columns_of
from leadline.web.board.judging import Judging
from leadline.web.board.reading import rows_of
from leadline.web.capture.models import Source
from leadline.web.instants import moment, now
from leadline.web.lead_pages import listing
from leadline.web.lead_pages.asked import default_columns
from leadline.web.lead_pages.views import asked_of
from leadline.web.operations.sheets import BOM, harmless

AT_ONCE = 500  # leads
_PIECE = 64 * 1024
_TYPES = {
    NUMBER: pa.float64(),
    SHARE: pa.float64(),
    TIME: pa.timestamp("us", "UTC"),
    FLAG: pa.bool_(),
    LIST: pa.list_(pa.string()),
}
_ALWAYS = ("name", "email")


@require_POST
@requires(Right.EXPORT)
def export(request: HttpRequest) -> HttpResponseBase:
    """The leads that `query` describes with the columns that are seen, as `format` csv or parquet.

    With `raw` cells of a CSV stand as they are, also those that a spreadsheet would run.
    """
    at = now()
    asked, judging, _found = asked_of(QueryDict(request.POST.get("query", "")), at)
    form = "parquet" if request.POST.get("format") == "parquet" else "csv"
    raw = request.POST.get("raw") == "on"
    try:
        leads = listing.all_of(asked, judging, request.user, at)
    except listing.CannotListError as error:
        messages.error(request, str(error))
        return redirect("leads:list")
    if asked.unread:
        told = {"unread": ", ".join(asked.unread)}
        messages.error(
            request, _("Part of the filter is not understood, so nothing was exported: %(unread)s") % told
        )
        return redirect("leads:list")
    known = columns_of(judging)
    names = [*_ALWAYS, *(n for n in asked.columns or default_columns(judging) if n not in _ALWAYS)]
    columns = [known[n] for n in names]
    audit.record(request, "export", "leads", leads=len(leads), format=form, raw=raw, columns=names)
    rows = _rows(leads, columns, judging, at)
    pieces = _parquet(rows, columns) if form == "parquet" else _csv(rows, columns, raw=raw)
    kind = "application/vnd.apache.parquet" if form == "parquet" else "text/csv; charset=utf-8"
    answer = StreamingHttpResponse(_streamed(request, pieces), content_type=kind)
    answer["Content-Disposition"] = f'attachment; filename="leads-{moment(at):%Y-%m-%d}.{form}"'
    answer["X-Accel-Buffering"] = "no"
    return answer


def _rows(
    leads: Sequence[int], columns: Sequence[Column], judging: Judging | None, at: int
) -> Iterator[list[list[Any]]]:
    """Rows in the order of the list, a few hundred at a time; whoever is gone meanwhile is left out."""
    sources = dict(Source.objects.values_list("id", "name"))
    for begin in range(0, len(leads), AT_ONCE):
        some = leads[begin : begin + AT_ONCE]
        rows = rows_of(some, at)
        owners = listing.names_of_owners(row.lead["owner_id"] for row in rows.values())
        yield [
            [number, *(_value(rows[number], column, judging, sources, owners) for column in columns)]
            for number in some
            if number in rows
        ]


def _value(row: Any, column: Column, judging: Judging | None, sources: dict, owners: dict) -> Any:
    value = column.value(row, judging)
    if column.key == "owner":
        return owners.get(value)
    if column.key == "sources":
        return [sources.get(s, str(s)) for s in value]
    return value


def _csv(rows: Iterable[list[list[Any]]], columns: Sequence[Column], *, raw: bool) -> Iterator[bytes]:
    guard: Callable[[Any], Any] = (lambda cell: cell) if raw else harmless
    heads = ["lead", *(str(c.title) for c in columns)]
    yield (BOM + _lines([[guard(h) for h in heads]])).encode()
    for some in rows:
        yield _lines(
            [[guard(_text(cell, kind)) for cell, kind in _typed(row, columns)] for row in some]
        ).encode()


def _typed(row: list[Any], columns: Sequence[Column]) -> Iterator[tuple[Any, str]]:
    return zip(row, ["id", *(c.kind for c in columns)], strict=True)


def _lines(rows: Iterable[Sequence[Any]]) -> str:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows(rows)
    return text.getvalue()


def _text(value: Any, kind: str) -> str:
    if value is None:
        return ""
    if kind == TIME:
        return moment(value).isoformat()
    if kind == FLAG:
        return "yes" if value else "no"
    if kind == LIST:
        return ", ".join(value)
    if kind in (NUMBER, SHARE) and isinstance(value, float):
        return f"{value:g}" if abs(value) < 1e15 else repr(value)
    return str(value)


def _parquet(rows: Iterable[list[list[Any]]], columns: Sequence[Column]) -> Iterator[bytes]:
    """Columns by their keys, in their own types; to a file first, since its end says what is where."""
    schema = pa.schema(
        [("lead", pa.int64())]
        + [(c.key, pa.string() if c.key == "owner" else _TYPES.get(c.kind, pa.string())) for c in columns]
    )
    with tempfile.TemporaryFile() as file:
        with pq.ParquetWriter(file, schema, compression="zstd") as writer:
            for some in rows:
                cells = list(zip(*some, strict=True)) or [()] * len(schema)
                arrays = [pa.array(c, f.type) for c, f in zip(cells, schema, strict=True)]
                writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
        file.seek(0)
        yield from _pieces(file)


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    while piece := file.read(_PIECE):
        yield piece


def _streamed(request: HttpRequest, pieces: Iterator[bytes]) -> Any:
    """Pieces as the server wants them: behind ASGI it would gather a plain iterator before it sends."""
    if not isinstance(request, ASGIRequest):
        return pieces

    async def one_by_one() -> Any:
        following = sync_to_async(lambda: next(pieces, None))
        while (piece := await following()) is not None:
            yield piece

    return one_by_one()
