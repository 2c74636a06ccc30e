"""Pages of leads."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from leadline.web.accounts.access import Right, requires
from leadline.web.instants import now
from leadline.web.lead_pages import lists, standing
from leadline.web.leads.models import Lead


@require_GET
@requires(Right.SEE_LEADS)
def leads(request: HttpRequest) -> HttpResponse:
    at = now()
    found = [judging for judging, _ in standing.programs(at)]
    slug = request.GET.get("program", "")
    judging = next((j for j in found if j.program.slug == slug), found[0] if found else None)
    wanted = _wanted(request, judging)
    page = lists.page_of(judging, wanted)
    chosen = {k: v for k, v in vars(wanted).items() if v and k != "after"}
    if len(found) > 1 and judging:
        chosen["program"] = judging.program.slug
    context = {
        "page": page, "wanted": wanted, "judging": judging, "programs": [j.program for j in found],
        "kinds": lists.KINDS, "now": at, "narrowed": _narrowed(wanted),
        "more": urlencode({**chosen, "after": page.after}) if page.after else "",
        "first": urlencode(chosen) if wanted.after else "",
        "any": bool(page.lines) or Lead.objects.exists(),
    }  # fmt: skip
    return render(request, "leads/list.html", context)


def _wanted(request: HttpRequest, judging: lists.Judging | None) -> lists.Wanted:
    """What was asked for; a value that there is not asks for nothing."""
    stages = dict(judging.stages()) if judging else {}
    qualities = judging.qualities() if judging else []
    given = request.GET.get

    def one_of(name: str, allowed, otherwise: str = "") -> str:
        value = given(name, "")
        return value if value in allowed else otherwise

    return lists.Wanted(
        search=given("search", "").replace("\0", "").strip()[:200],
        kind=one_of("kind", dict(lists.KINDS), lists.PEOPLE),
        stage=one_of("stage", stages),
        quality=one_of("quality", qualities),
        after=given("after", "")[:50],
    )


def _narrowed(wanted: lists.Wanted) -> bool:
    return bool(wanted.search or wanted.stage or wanted.quality or wanted.after)
