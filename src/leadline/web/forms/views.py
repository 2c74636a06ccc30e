"""The addresses under /f/, open to everybody: a form, its frame, what is typed into it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import wraps

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from leadline.identity.emails import email
from leadline.identity.guards import is_usable
from leadline.web.capture.inbox import NotStoredError
from leadline.web.forms import foreign, limits, pages, posted, tokens, visitors
from leadline.web.forms.answers import Answers
from leadline.web.forms.models import Form
from leadline.web.forms.pages import Notice, SeeOther, Sheet
from leadline.web.forms.questions import chosen, named, questions_of
from leadline.web.forms.submissions import Submission, TooLongError, Value, submit, submit_partial
from leadline.web.forms.tokens import Shown
from leadline.web.instants import SECOND, now

log = logging.getLogger("leadline.forms")

View = Callable[..., HttpResponse]

UNSENT = _("This could not be stored just now. Nothing is lost: please send it again in some seconds.")
TRAPPED = _(
    "A field that people do not see was filled in, perhaps by your browser. Please send it once more."
)
HASTY = _("That was faster than we could believe. Please send it once more.")
STALE = _("This page stood open for a long time. Please look it over and send it once more.")
OFTEN = _("So many answers came from here that we ask you to wait a minute. Please send it again then.")
UNASKED = _("Please look over what you typed, and send it from this page.")
LONG = _("The answers together are too long. Please shorten them.")


def public(*methods: str) -> Callable[[View], View]:
    """A view for strangers, of a published form. Our token stands for Django's, which needs a cookie."""

    def decorate(view: View) -> View:
        @login_not_required
        @csrf_exempt
        @require_http_methods([*methods])
        @wraps(view)
        def opened(request: HttpRequest, slug: str, **more: bool) -> HttpResponse:
            form = Form.objects.select_related("program", "source").filter(slug=slug, published=True).first()
            if form is None or not form.source.enabled:
                return pages.gone_page(request)
            try:
                with override("en"):  # Django's own sentences too: the page says that it is in English
                    response = view(request, form, **more)
                response["Content-Language"] = "en"
                return response
            except posted.UnfitError as unfit:
                return pages.unfit_page(request, unfit.status, unfit.sentence)

        return opened

    return decorate


@public("GET", "HEAD", "POST")
def fill_in(request: HttpRequest, form: Form, framed: bool) -> HttpResponse:
    """A form to fill in, or what was filled in."""
    if request.method != "POST":
        return pages.form_page(request, _fresh(request, form, framed, visitors.returning(request)))
    fields = posted.fields_of(request)
    shown = tokens.read(fields.get("ll_token", ""), form)
    if shown is None:
        return _take_foreign(request, form, fields, framed)
    return _take(request, form, shown, fields, framed)


@public("POST")
def frame_for_visitor(request: HttpRequest, form: Form) -> HttpResponse:
    """The framed form as a visitor is to see it, whose id the page around it has passed to the frame."""
    fields = posted.fields_of(request)
    visitor = fields.get("ll_anon", "")
    known = visitor if visitors.is_unguessable(visitor) and not visitors.opted_out(request) else ""
    return pages.form_page(request, _fresh(request, form, True, known, posted.texts_of(fields, *WHERE)))


@public("POST")
def partial(request: HttpRequest, form: Form) -> HttpResponse:
    """What stands in a form that was not sent. A script sends it, and looks at no answer."""
    fields = posted.fields_of(request)
    shown = tokens.read(fields.get("ll_token", ""), form)
    address, meta = posted.sender(request)
    if shown is None or not form.keep_partial or visitors.opted_out(request):
        return HttpResponse(status=204)
    if wait := limits.seconds_to_wait(form, address, purpose="partial"):
        return HttpResponse(status=429, headers={"Retry-After": str(wait)})
    open_ = [q.name for q in named(form, shown.asked) if not q.contact]
    answers = posted.texts_of(fields, *open_)
    filled = [name for name in fields.get("ll_filled", "").split(",") if name in shown.asked]
    if not (filled or answers):
        return HttpResponse(status=204)
    submission = Submission(form, shown.page, shown.visitor, answers, where=posted.texts_of(fields, *WHERE))
    try:
        submit_partial(submission, filled, meta=meta, at=now())
    except NotStoredError as fault:
        return HttpResponse(status=503, headers={"Retry-After": str(fault.retry_after)})
    except TooLongError:
        return HttpResponse(status=413)
    return HttpResponse(status=204)


@public("GET", "HEAD")
def thanks(request: HttpRequest, form: Form, framed: bool) -> HttpResponse:
    return pages.thanks_page(request, form, framed)


@public("POST")
def anew(request: HttpRequest, form: Form) -> HttpResponse:
    """Somebody else sits at this browser: all is asked again."""
    response = SeeOther(pages.address(form, False))
    visitors.forget(response)
    return response


WHERE = ("ll_page", "ll_referrer")


def _fresh(
    request: HttpRequest, form: Form, framed: bool, visitor: str, where: dict[str, str] | None = None
) -> Sheet:
    """The form with nothing typed, asking what this visitor has not told yet."""
    told = visitors.told(visitor) if visitor else set()
    questions = questions_of(form)
    asked = chosen(questions, told, form.most_asked)
    shown = tokens.shown(form, visitor or visitors.new_visitor(), [q.name for q in asked], now())
    here = {"ll_page": request.build_absolute_uri(), "ll_referrer": request.headers.get("Referer", "")}
    return Sheet(
        form, shown, Answers(asked, form), framed,
        where=(where or {}) if framed else posted.texts_of(here, *WHERE),
        partial=form.keep_partial and not visitors.opted_out(request),
        skipped=any(q.name in told for q in questions), fresh=True,
    )  # fmt: skip


def _take(request: HttpRequest, form: Form, shown: Shown, fields: QueryDict, framed: bool) -> HttpResponse:
    """The answers of a page of ours."""
    address, meta = posted.sender(request)
    answers = Answers(named(form, shown.asked), form, fields)
    where = posted.texts_of(fields, *WHERE)
    keep = form.keep_partial and not visitors.opted_out(request)
    sheet = Sheet(form, _reopened(form, shown), answers, framed, where, partial=keep)
    if notice := _objection(form, shown, fields, address):
        return _again(request, sheet, notice)
    if not answers.is_valid():
        return pages.form_page(request, sheet)
    texts = answers.texts()
    visitor = "" if visitors.opted_out(request) and _names_somebody(texts) else shown.visitor
    consent = shown.consent if answers.consented() else 0
    submission = Submission(form, shown.page, visitor, texts, consent, where)
    if notice := _stored(submission, meta):
        return _again(request, sheet, notice)
    response = pages.sent(form, framed)
    if visitor and _is_ours(request) and not (framed or visitors.opted_out(request)):
        visitors.remember(response, visitor)
    return response


def _take_foreign(request: HttpRequest, form: Form, posted_fields: QueryDict, framed: bool) -> HttpResponse:
    """The answers of somebody else's page; or that page's answers on ours, to be sent from there."""
    address, meta = posted.sender(request)
    fields = foreign.fields_of(posted_fields)
    fault = foreign.fault(fields)
    notice = _objection(form, None, posted_fields, address)
    if notice is None and not foreign.is_welcome(form, request):
        notice = Notice(403, UNASKED)
    if notice is None and fault:
        notice = Notice(422, fault)
    visitor = _visitor_of_foreign(request, posted_fields, fields)
    if notice is None:
        page = foreign.page_id(form, fields, address, now())
        notice = _stored(Submission(form, page, visitor, fields), meta)
    if notice is None:
        return pages.sent(form, framed, str(fields.get("retURL", "")))
    questions = foreign.questions_for(form, fields)
    shown = tokens.shown(form, visitor or visitors.new_visitor(), [q.name for q in questions], now())
    answers = Answers(questions, form, foreign.typed(fields))
    where = posted.texts_of({"ll_page": request.headers.get("Referer", "")}, *WHERE)
    return _again(request, Sheet(form, shown, answers, framed, where), notice)


def _visitor_of_foreign(request: HttpRequest, posted_fields: QueryDict, fields: Mapping[str, Value]) -> str:
    """The browser's id where our snippet added it; a new one where nothing else says who it was."""
    given = posted_fields.get("ll_anon", "")[:200]
    if _names_somebody(fields):
        return "" if visitors.opted_out(request) else given
    return given or visitors.new_visitor()


def _objection(form: Form, shown: Shown | None, fields: QueryDict, address: str) -> Notice | None:
    """Why answers are not taken as they come, whatever they are."""
    if wait := limits.seconds_to_wait(form, address):
        return Notice(429, OFTEN, wait)
    if fields.get(pages.TRAP):
        return Notice(422, TRAPPED)
    if shown and shown.age(now()) > tokens.LIFE:
        return Notice(422, STALE)
    if shown and shown.age(now()) < form.least_seconds * SECOND:
        return Notice(422, HASTY)
    return None


def _stored(submission: Submission, meta: bytes) -> Notice | None:
    try:
        submit(submission, meta=meta, at=now())
    except NotStoredError as fault:
        return Notice(503, UNSENT, fault.retry_after)
    except TooLongError:
        return Notice(413, LONG)
    return None


def _again(request: HttpRequest, sheet: Sheet, notice: Notice) -> HttpResponse:
    log.info("a form was not taken", extra={"form": sheet.form.slug, "status": notice.status})
    return pages.form_page(request, sheet, notice)


def _reopened(form: Form, shown: Shown) -> Shown:
    """The same page, as though it had been opened in time and with the words of consent that it shows now."""
    in_time = shown.age(now()) <= tokens.LIFE
    consent = form.consent_version if form.consent_text else 0
    return replace(shown, at=shown.at if in_time else now() - tokens.LIFE // 2, consent=consent)


def _is_ours(request: HttpRequest) -> bool:
    """Whether a page of ours sent this: a stranger's page must not give a browser an id that it knows."""
    ours = (settings.SURROUNDINGS.url, f"{request.scheme}://{request.get_host()}")
    return request.headers.get("Origin", "") in ours


def _names_somebody(fields: Mapping[str, Value]) -> bool:
    """Whether an e-mail address says who it was; `test@test.com` does not."""
    return email(str(fields.get("email", ""))) is not None and is_usable(fields["email"])
