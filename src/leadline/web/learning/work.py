"""What the worker does for learning: train, watch what is active, draw lots, look again each night."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from leadline.web import jobs
from leadline.web.instants import DAY
from leadline.web.jobs.models import Job
from leadline.web.learning.asking import ask_outcomes, keep_answer
from leadline.web.learning.available import missing
from leadline.web.learning.exploring import draw
from leadline.web.learning.models import Learning
from leadline.web.learning.queries import judging_now, outcomes_of
from leadline.web.learning.training import CannotLearnError, Learned, learn
from leadline.web.qualification.models import Activation, Predictor, Program, Standing
from leadline.web.qualification.predictors import CannotActivateError, activate, active, keep_predictor, reads
from leadline.web.qualification.programs import holding

TRAINING, ASKING = "learning", "asking outcomes"
WEEK = 7 * DAY


@jobs.work(TRAINING)
def train(progress: jobs.Progress) -> dict[str, Any]:
    """Learn from a program's facts and keep what was learned in the shadow.

    Where it beats what is active beyond noise, and the program is set to that, it takes its place.
    `payload`: program (its number), scheduled (nobody asked for it).
    """
    program = Program.objects.get(pk=progress.payload["program"])
    settings = settings_of(program)
    said = {
        "facts": _("Reading the facts of all leads…"), "moments": _("What was known at the hand-off…"),
        "leaks": _("Looking for columns that give the answer away…"), "fit": _("Learning and trying…"),
        "try": _("How good is it?"), "against": _("Against what is active…"),
    }  # fmt: skip
    champion = active(program)
    try:
        found = learn(
            program, champion, set(settings.kept), at=progress.now(),
            told=lambda done, what: progress.step(done, 100, said[what]),
        )  # fmt: skip
    except CannotLearnError as error:
        _looked(program, progress.now())
        raise jobs.CannotDoError(str(error)) from None
    with transaction.atomic():
        progress.step(99, 100, _("Writing down…"))
        kept = keep(program, found, by=progress.by, at=progress.now())
        _looked(program, progress.now(), alarm=alarm_of(found))
        took = kept is not None and _promote(settings, champion, kept, found, progress.now())
    if not found.signal:
        told = _("No signal: nothing beats one rate for everyone beyond noise.")
    elif took:
        told = _("Better beyond noise: it gives the probabilities now.")
    else:
        told = _("Learned. It waits in the shadow.")
    progress.step(100, 100, told)
    return {"url": reverse("learning:page", args=[program.slug]), "label": _("To what was learned")}


def keep(program: Program, found: Learned, *, by: str, at: int) -> Predictor:
    """What was learned, in the shadow."""
    return keep_predictor(
        program=program, text=found.text, rows=found.rows, won=found.won, begins=found.begins,
        ends=found.ends, mean_worth=found.mean_worth, report=found.report, by=by, at=at,
    )  # fmt: skip


def _promote(
    settings: Learning, champion: Predictor | None, kept: Predictor, found: Learned, at: int
) -> bool:
    """The first one waits for a person; later ones take over by themselves where they are better."""
    if champion is None or not settings.promotes or not found.better:
        return False
    if active(settings.program) != champion:  # somebody was faster
        return False
    try:
        activate(predictor=kept, by="", at=at, how=Activation.RENEWAL, because=found.because)
    except CannotActivateError:
        return False
    return True


def alarm_of(found: Learned) -> str:
    """What drifted, in a sentence; nothing where all is steady."""
    drift = found.report.get("drift") or {}
    return str(drift.get("words", "")) if drift.get("alarm") else ""


def _looked(program: Program, at: int, *, alarm: str = "") -> None:
    Learning.objects.update_or_create(program=program, defaults={"tried_at": at, "alarm": alarm})


def settings_of(program: Program) -> Learning:
    """How a program learns; as it is where nobody has decided."""
    found = Learning.objects.filter(program=program).first()
    return found or Learning(program=program)


@jobs.work(ASKING)
def ask(progress: jobs.Progress) -> dict[str, Any]:
    """Ask the outcomes what they say of the rules, and who buys; better rules become a draft.

    `payload`: program (its number).
    """
    program = Program.objects.get(pk=progress.payload["program"])
    said = {
        "facts": _("Reading the facts of all leads…"), "rules": _("Trying other weights on later leads…"),
        "persona": _("Who buys, and who does not…"),
    }  # fmt: skip
    try:
        answer = ask_outcomes(
            program, at=progress.now(), told=lambda done, what: progress.step(done, 100, said[what])
        )
    except CannotLearnError as error:
        raise jobs.CannotDoError(str(error)) from None
    with transaction.atomic():
        progress.step(99, 100, _("Writing down…"))
        kept = keep_answer(program, answer, by=progress.by, at=progress.now(), title=_("As the outcomes say"))
    progress.step(100, 100, answer.headline)
    if kept.draft is not None:
        url = reverse("program:edit", args=[program.slug, kept.draft.pk])
        return {"url": url, "label": _("To the draft")}
    return {"url": reverse("learning:page", args=[program.slug]), "label": _("To what was learned")}


def open_job(program: Program) -> Job | None:
    """The training or asking that waits or is under way."""
    jobs_open = Job.objects.filter(kind__in=(TRAINING, ASKING), state__in=Job.OPEN).order_by("at")
    return next((job for job in jobs_open if job.payload.get("program") == program.pk), None)


@jobs.hourly
def learn_weekly(at: int) -> None:
    """Each week anew; and at once where a new model made what is active fall silent."""
    if missing():
        return
    for program in Program.objects.filter(enabled=True):
        settings, champion, model = settings_of(program), active(program), holding(program)
        if not settings.weekly or model is None or open_job(program) is not None:
            continue
        silent = champion is not None and not reads(program, champion)
        last = settings.tried_at
        due = last is None or last <= at - WEEK or (silent and last < model.at)
        if due and _worth_a_try(program, at):
            jobs.start(TRAINING, {"program": program.pk, "scheduled": True}, by=None, at=at)


def _worth_a_try(program: Program, at: int) -> bool:
    """Whether so many reached the goal that there may be something to learn; nobody asked for it."""
    judging = judging_now(program, at)
    outcomes = outcomes_of(judging, at) if judging else None
    return outcomes is not None and outcomes.enough


@jobs.hourly
def look_again(at: int) -> None:
    """Probabilities fade as scores do: whoever was last judged a day ago is due."""
    for program in Program.objects.filter(enabled=True):
        if active(program) is not None:
            old = Standing.objects.filter(program=program, as_of__lte=at - DAY, disqualified=False)
            old.exclude(due_at__lte=at).exclude(predictor_version="").update(due_at=at)


@jobs.hourly
def draw_lots(at: int) -> None:
    """A few of the lower leads go to sales all the same, where a program has a quota."""
    for settings in Learning.objects.filter(quota__gt=0).select_related("program"):
        draw(settings, at)
