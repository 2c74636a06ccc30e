"""The screens of companies."""

from __future__ import annotations

from itertools import zip_longest

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from leadline.web.accounts import audit
from leadline.web.accounts.access import Right, may, owners_seen, requires
from leadline.web.board.judging import judging_of
from leadline.web.board.reading import rows_of
from leadline.web.company_pages import actions, queries
from leadline.web.company_pages.measures import MEASURES, STARTER
from leadline.web.company_pages.models import Account
from leadline.web.company_pages.trend import trend, trend_picture
from leadline.web.instants import now
from leadline.web.operations import undo

EMPTY_ROLES = 3
MOST_MAILBOXES = 100  # named on the page


@require_safe
@requires(Right.SEE_LEADS)
def companies(request: HttpRequest) -> HttpResponse:
    at, given = now(), request.GET.get
    judging = judging_of(at)
    group = queries.group_of(judging)
    page = int(given("page", "1")) if given("page", "1").isdecimal() and len(given("page", "1")) < 7 else 1
    asked = queries.Asked(
        search=given("search", "").replace("\0", "").strip()[:200],
        order=given("order", "") if given("order", "") in queries.ORDERS else "intent",
        targets="targets" in request.GET, qualified="qualified" in request.GET, page=max(page, 1),
    )  # fmt: skip
    found = queries.companies(judging, group, asked, now=at, scope=owners_seen(request.user))
    chosen = {"search": asked.search, "order": asked.order if asked.order != "intent" else ""}
    chosen |= {"targets": "1" if asked.targets else "", "qualified": "1" if asked.qualified else ""}
    kept = {k: v for k, v in chosen.items() if v}
    context = {
        "found": found, "asked": asked, "group": group, "judging": judging, "now": at,
        "orders": {"intent": _("Intent"), "fit": _("Fit"), "people": _("People"), "seen": _("Last seen")},
        "next": urlencode(kept | {"page": asked.page + 1}) if found.more else "",
        "back": urlencode(kept | {"page": asked.page - 1}) if asked.page > 1 else "",
        "may_edit": may(request.user, Right.EDIT_MODEL),
        "mailboxes": Account.objects.filter(tier=Account.MAILBOXES).order_by("domain")[:MOST_MAILBOXES],
    }  # fmt: skip
    return render(request, "companies/list.html", context)


@require_safe
@requires(Right.SEE_LEADS)
def company(request: HttpRequest, domain: str) -> HttpResponse:
    at, scope = now(), owners_seen(request.user)
    judging = judging_of(at)
    group = queries.group_of(judging)
    found = queries.companies(judging, group, queries.Asked(domain=domain), now=at, scope=scope)
    account = Account.objects.filter(domain=domain).first()
    if not found.companies and (account is None or scope is not None):
        raise Http404
    leads = queries.leads_of(domain, now=at, scope=scope, judging=judging)
    rows = rows_of(leads, at)
    program = judging.program.id if judging else 0
    people = [(rows[n], rows[n].standings.get(program, {})) for n in leads if n in rows]
    by_role = queries.names_by_role(group, leads, now=at, judging=judging)
    covered = [(role, [rows[n] for n in by_role[role.name] if n in rows]) for role, _tree in group.roles]
    picture = trend_picture(trend(judging, leads, at)) if judging and leads else None
    context = {
        "company": found.companies[0] if found.companies else None, "domain": domain, "account": account,
        "people": people, "covered": covered, "group": group, "judging": judging, "picture": picture,
        "tiers": Account.TIERS, "mailboxes": Account.MAILBOXES, "now": at,
        "may_edit": may(request.user, Right.EDIT_LEADS),
    }  # fmt: skip
    return render(request, "companies/page.html", context)


@require_POST
@requires(Right.EDIT_LEADS)
def target(request: HttpRequest) -> HttpResponseBase:
    """Make one company or a list of them targets, or one no target."""
    by, at = request.user.get_username(), now()
    texts, tier = request.POST.get("domains", "").replace("\0", "").splitlines(), request.POST.get("tier", "")
    back = request.POST.get("back", "")
    where = redirect("companies:page", back) if back and _is_domain(back) else redirect("companies:list")
    if not tier and len(texts) == 1:
        domain = texts[0].strip().lower()
        had = actions.drop_target(domain=domain)
        if had:
            again = urlencode({"domain": domain, "tier": had})
            done = _("It is no target account any more.")
            if had == Account.MAILBOXES:
                done = _("It is a company again.")
            undo.offer(request, done, f"{reverse('companies:retarget')}?{again}")
        return where
    try:
        count = actions.set_targets(texts=texts, tier=tier, by=by, at=at)
    except actions.CannotSetError as error:
        messages.error(request, str(error))
        return where
    if tier == Account.MAILBOXES:
        messages.success(request, _("Addresses there are no company's from now on."))
        return where
    said = ngettext(
        "%(n)d company is a target of tier %(tier)s.",
        "%(n)d companies are targets of tier %(tier)s.",
        count,
    )
    messages.success(request, said % {"n": count, "tier": tier})
    return where


@require_POST
@requires(Right.EDIT_LEADS)
def retarget(request: HttpRequest) -> HttpResponseBase:
    """Undo: the tier that a company had."""
    domain, tier = request.GET.get("domain", ""), request.GET.get("tier", "")
    try:
        actions.set_targets(texts=[domain], tier=tier, by=request.user.get_username(), at=now())
    except actions.CannotSetError as error:
        messages.error(request, str(error))
    return redirect("companies:list")


@require_http_methods(["GET", "POST"])
@requires(Right.EDIT_MODEL)
def group(request: HttpRequest) -> HttpResponseBase:
    """The buying group, and when a company is qualified."""
    at = now()
    judging = judging_of(at)
    if judging is None:
        messages.error(request, _("Publish a model first: roles are conditions in its language."))
        return redirect("companies:list")
    there = queries.group_of(judging)
    roles = [(r.name, r.condition) for r in [*(role for role, _tree in there.roles), *there.unreadable]]
    rule, status = there.rule_text, 200
    if request.method == "POST":
        given = request.POST.getlist
        roles = list(zip_longest(given("name"), given("condition"), fillvalue=""))
        rule = request.POST.get("rule", "")
        try:
            actions.set_group(
                program=judging.program, model=judging.model, roles=roles, rule=rule,
                by=request.user.get_username(), at=at,
            )  # fmt: skip
        except actions.CannotSetError as error:
            messages.error(request, str(error))
            status = 422
        else:
            audit.record(request, "change buying group", f"program:{judging.program.slug}")
            messages.success(request, _("The buying group is set."))
            return redirect("companies:list")
    context = {
        "judging": judging, "roles": [*roles, *[("", "")] * EMPTY_ROLES], "rule": rule, "starter": STARTER,
        "measures": MEASURES.items(), "unreadable": there.unreadable,
    }  # fmt: skip
    return render(request, "companies/group.html", context, status=status)


def _is_domain(text: str) -> bool:
    try:
        return actions.domain_of(text) == text
    except actions.CannotSetError:
        return False
