"""Pages of messages that could not be read."""

from __future__ import annotations

import json

from django.contrib import messages as notes
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from leadline.web.accounts.access import Right, requires
from leadline.web.capture import mending, queries
from leadline.web.capture.inbox import NotStoredError
from leadline.web.capture.installed import the_inbox
from leadline.web.capture.models import FailedEvent, Source
from leadline.web.capture.source_forms import DiscardForm, MendForm
from leadline.web.instants import now

PAGE = 50
LONGEST_BODY = 64 * 1024  # shown; what is longer cannot be mended here
STATES = (("open", _("Open")), ("sent", _("Sent again")), ("discarded", _("Discarded")))
_WHERE = {
    "open": {"mended_at": None, "discarded_at": None},
    "sent": {"mended_at__isnull": False},
    "discarded": {"discarded_at__isnull": False},
}
_AWAY = _("It could not be stored just now, and is still here. Try again in a moment.")


@require_GET
@requires(Right.CAPTURE)
def failures(request: HttpRequest) -> HttpResponse:
    state = request.GET.get("state", "open")
    state = state if state in _WHERE else "open"
    rows = FailedEvent.objects.filter(**_WHERE[state])
    source_id, reason = _number(request.GET.get("source")), request.GET.get("reason", "")[:60]
    if source_id is not None:
        rows = rows.filter(source_id=source_id)
    if reason:
        rows = rows.filter(reason=reason)
    before = _number(request.GET.get("before"))
    if before:
        rows = rows.filter(id__lt=before)
    found = list(rows.defer("body", "meta").order_by("-id")[: PAGE + 1])
    names = dict(Source.objects.values_list("id", "name"))
    counts = queries.reasons(source_id).most_common()
    chosen = {
        k: v for k, v in (("source", source_id), ("reason", reason), ("state", state)) if v not in ("", None)
    }
    context = {
        "rows": [(row, names.get(row.source_id, "")) for row in found[:PAGE]],
        "counts": [(s, names.get(s, ""), r, n) for (s, r), n in counts],
        "older": urlencode({**chosen, "before": found[PAGE - 1].id}) if len(found) > PAGE else "",
        "states": STATES, "state": state, "source_id": source_id, "source_name": names.get(source_id, ""),
        "reason": reason, "now": now(),
    }  # fmt: skip
    return render(request, "capture/failures.html", context)


@require_http_methods(["GET", "POST"])
@requires(Right.CAPTURE)
def failure(request: HttpRequest, number: int) -> HttpResponseBase:
    """One failed event, with its body to be mended."""
    failed = get_object_or_404(FailedEvent, pk=number)
    whole = len(failed.body) <= LONGEST_BODY
    form = MendForm(request.POST or None, initial={"body": _as_text(failed)})
    if request.method == "POST" and whole and form.is_valid():
        try:
            mending.mend(
                failed=failed, text=form.cleaned_data["body"], inbox=the_inbox(), by=_by(request), at=now()
            )
        except mending.NotMendedError as error:
            form.add_error("body", str(error))
        except NotStoredError:
            form.add_error("body", _AWAY)
        else:
            notes.success(request, _("It reads now, and was handed to the inbox as though it had just come."))
            return redirect("sources:failure", number)
    context = {
        "failed": failed, "form": form, "discard": DiscardForm(), "whole": whole, "size": len(failed.body),
        "source": Source.objects.filter(id=failed.source_id).first(), "before": mending.mended_from(failed),
        "text": _as_text(failed), "kept": mending.is_kept(failed),
        "open": failed.mended_at is None and failed.discarded_at is None,
    }  # fmt: skip
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "capture/failure.html", context, status=status)


@require_POST
@requires(Right.CAPTURE)
def again(request: HttpRequest) -> HttpResponseBase:
    """All open ones of one source and reason, as they are."""
    source_id, reason = _number(request.POST.get("source")) or 0, request.POST.get("reason", "")
    try:
        sent = mending.send_again(
            reason=reason, source_id=source_id, inbox=the_inbox(), by=_by(request), at=now()
        )
    except NotStoredError:
        notes.error(request, _AWAY)
    else:
        told = f"{sent.handed_over:,} sent again, {sent.unreadable:,} still cannot be read."
        if sent.remaining:
            told += f" {sent.remaining:,} more were not tried yet: press again for the next."
        (notes.success if sent.handed_over else notes.warning)(request, told)
    return redirect(_list(source=source_id, reason=reason))


@require_POST
@requires(Right.CAPTURE)
def discard_all(request: HttpRequest) -> HttpResponseBase:
    source_id, reason = _number(request.POST.get("source")) or 0, request.POST.get("reason", "")
    chosen = FailedEvent.objects.filter(source_id=source_id, reason=reason)
    _discard(request, chosen)
    return redirect(_list(source=source_id))


@require_POST
@requires(Right.CAPTURE)
def discard_one(request: HttpRequest, number: int) -> HttpResponseBase:
    failed = get_object_or_404(FailedEvent, pk=number)
    _discard(request, FailedEvent.objects.filter(pk=failed.pk))
    return redirect("sources:failure", number)


@require_POST
@requires(Right.CAPTURE)
def take_up_one(request: HttpRequest, number: int) -> HttpResponseBase:
    mending.take_up(failed=get_object_or_404(FailedEvent, pk=number))
    notes.success(request, _("It is open again."))
    return redirect("sources:failure", number)


def _discard(request: HttpRequest, chosen) -> None:
    form = DiscardForm(request.POST)
    if not form.is_valid():
        notes.error(request, _("Say why it is not wanted: whoever looks next will ask."))
        return
    count = mending.discard(failed=chosen, because=form.cleaned_data["because"], by=_by(request), at=now())
    notes.success(
        request, _("%(count)s discarded. They are kept, and can be taken up again.") % {"count": f"{count:,}"}
    )


def _as_text(failed: FailedEvent) -> str:
    """The body for a person to read: JSON set out in lines, anything else as it came."""
    body = bytes(failed.body[:LONGEST_BODY])
    text = body.decode("utf-8", "backslashreplace").replace("\0", "\\x00")
    try:
        found = json.loads(text, object_pairs_hook=_each_once, parse_constant=_refused)
        laid_out = json.dumps(found, indent=2, ensure_ascii=False, allow_nan=False)
        laid_out.encode()  # halves of surrogates cannot be sent to a browser
    except (ValueError, RecursionError):
        return text
    return laid_out


def _each_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    if len(dict(pairs)) < len(pairs):
        raise ValueError("a key stands twice, and laid out anew one would be lost")
    return dict(pairs)


def _refused(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def _list(**chosen: object) -> str:
    return f"{reverse('sources:failed')}?{urlencode(chosen)}"


def _by(request: HttpRequest) -> str:
    return request.user.get_username()


def _number(given: str | None) -> int | None:
    return int(given) if given and given.isascii() and given.isdigit() and len(given) < 19 else None
