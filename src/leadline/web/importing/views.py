"""Pages of imports: the history, one import from its file to its undo, and what was refused."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from leadline.web.accounts import audit
from leadline.web.accounts.access import Right, requires
from leadline.web.importing import actions, pages, queries
from leadline.web.importing.access import import_or_404, sees_all_leads
from leadline.web.importing.actions import CannotImportError
from leadline.web.importing.guessing import guess
from leadline.web.importing.limits import KEPT, KINDS, MOST_BYTES, MOST_COLUMNS, MOST_ROWS
from leadline.web.importing.mapping import MappingError
from leadline.web.importing.models import Import
from leadline.web.importing.presets import PRESETS
from leadline.web.instants import DAY, now
from leadline.web.jobs.access import jobs_seen
from leadline.web.operations.sheets import csv_lines


@require_GET
@requires(Right.IMPORT)
def imports(request: HttpRequest) -> HttpResponse:
    """The history, and where a file is dropped."""
    sees_all_leads(request)
    return render(request, "imports/list.html", {"imports": queries.imports(), "now": now(), **_LIMITS})


@require_http_methods(["GET", "POST"])
@requires(Right.IMPORT)
def new(request: HttpRequest) -> HttpResponseBase:
    """Where a file is chosen or dropped."""
    sees_all_leads(request)
    fault = ""
    if request.method == "POST":
        made = _uploaded(request)
        if isinstance(made, Import):
            return redirect("imports:page", made.pk)
        fault = made
    return render(request, "imports/new.html", {"fault": fault, **_LIMITS}, status=422 if fault else 200)


_LIMITS = {
    "kinds": KINDS, "megabytes": MOST_BYTES // 2**20, "rows": MOST_ROWS, "columns": MOST_COLUMNS,
    "days": KEPT // DAY,
}  # fmt: skip


def _uploaded(request: HttpRequest) -> Import | str:
    """The import of an uploaded file, or why it is none."""
    file = request.FILES.get("file")
    if file is None:
        return _("No file was given: choose one, or drop it here.")
    try:
        with transaction.atomic():
            made = actions.upload(file=file, by=request.user, at=now())
            audit.record(request, "upload", f"import:{made.pk}", bytes=made.size)
    except CannotImportError as error:
        return _sentence(error)
    return made


@require_GET
@requires(Right.IMPORT)
def page(request: HttpRequest, number: UUID) -> HttpResponse:
    of = import_or_404(request, number)
    if request.headers.get("HX-Request"):  # its job has ended: all of the page is another
        return HttpResponse(headers={"HX-Redirect": request.path})
    mapping = of.mapping
    if of.state == Import.MAPPING and request.GET.get("preset") in ("", *PRESETS):
        fields = [field.name for field in queries.model_fields()]
        mapping = guess(of.columns, of.samples, fields, request.GET["preset"])
    return _shown(request, of, mapping)


def _shown(request: HttpRequest, of: Import, mapping: dict, fault: str = "") -> HttpResponse:
    context = {
        "import": of, "fault": fault, "now": now(), "presets": PRESETS.values(), "mapping": mapping,
        "columns": pages.columns_of(of, mapping) if of.state == Import.MAPPING else (),
        "zone": mapping.get("zone") or _zone(request), "zones": pages.zones(),
        "preview": pages.preview_of(of), "followed": _follows(request, of),
        "removed_at": of.at + KEPT,
    }  # fmt: skip
    answer = render(request, "imports/page.html", context, status=422 if fault else 200)
    answer["Cache-Control"] = "no-store"
    return answer


def _follows(request: HttpRequest, of: Import) -> bool:
    """Whether its job may be followed by this person: it is that of who started it."""
    return of.job is not None and jobs_seen(request.user).filter(pk=of.job.pk).exists()


def _zone(request: HttpRequest) -> str:
    return getattr(request.user, "time_zone", "") or settings.TIME_ZONE


@require_POST
@requires(Right.IMPORT)
def mapping(request: HttpRequest, number: UUID) -> HttpResponseBase:
    """Keep which column is what, and look what an import would do."""
    of = import_or_404(request, number)
    said = pages.mapping_of(of, request.POST, _zone(request))
    try:
        actions.look(of=of, mapping=said, by=request.user, at=now())
    except MappingError as error:
        return _shown(request, of, said, _sentence(error))
    except CannotImportError as error:
        messages.error(request, _sentence(error))
    return redirect("imports:page", of.pk)


@require_POST
@requires(Right.IMPORT)
def again(request: HttpRequest, number: UUID) -> HttpResponseBase:
    return _done(request, number, lambda of: actions.map_again(of=of))


@require_POST
@requires(Right.IMPORT)
def run(request: HttpRequest, number: UUID) -> HttpResponseBase:
    def begin(of: Import) -> None:
        actions.run(of=of, by=request.user, at=now())
        audit.record(request, "import", f"import:{of.pk}", rows=of.rows, file=of.digest)

    return _done(request, number, begin)


@require_POST
@requires(Right.IMPORT)
def undo(request: HttpRequest, number: UUID) -> HttpResponseBase:
    def begin(of: Import) -> None:
        actions.undo(of=of, by=request.user, at=now())
        audit.record(request, "undo import", f"import:{of.pk}")

    return _done(request, number, begin)


@require_POST
@requires(Right.IMPORT)
def discard(request: HttpRequest, number: UUID) -> HttpResponseBase:
    def begin(of: Import) -> None:
        actions.discard(of=of)
        audit.record(request, "discard import", f"import:{of.pk}")

    answer = _done(request, number, begin)
    if Import.objects.filter(pk=number).exists():
        return answer
    messages.success(request, _("The file is removed; nothing was imported from it."))
    return redirect("imports:list")


@require_GET
@requires(Right.IMPORT)
def refused(request: HttpRequest, number: UUID) -> HttpResponseBase:
    """The refused rows with their reasons, as a file to mend and upload again."""
    of = import_or_404(request, number)
    audit.record(request, "download refused rows", f"import:{of.pk}")
    answer = StreamingHttpResponse(csv_lines(pages.refused_lines(of)), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="refused-{of.pk.hex[:12]}.csv"'
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "no-store"
    return answer


def _done(request: HttpRequest, number: UUID, begin: Callable[[Import], None]) -> HttpResponseBase:
    """One step of an import; where it cannot be taken, the page says why."""
    of = import_or_404(request, number)
    try:
        with transaction.atomic():
            begin(of)
    except (CannotImportError, MappingError) as error:
        messages.error(request, _sentence(error))
    return redirect("imports:page", number)


def _sentence(error: Exception) -> str:
    text = str(error)
    return f"{text[0].upper()}{text[1:]}."
