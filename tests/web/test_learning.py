"""What happened to the leads is learned from: a predictor is trained, shown, made active, and taken back."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from learning_cast import RULES, company, rules_program
from pages_cast import CANARY, look
from program_cast import browser_of

from leadline.model.predictor import Predictor as Learned
from leadline.model.predictor_file import write_predictor
from leadline.web.accounts.access import Right
from leadline.web.accounts.api_keys import make_key
from leadline.web.accounts.audit import AuditEntry
from leadline.web.accounts.models import User
from leadline.web.api import callers, reading
from leadline.web.instants import DAY
from leadline.web.jobs.models import Job
from leadline.web.jobs.running import Runner
from leadline.web.lead_pages import lead_views
from leadline.web.lead_pages import views as lead_pages
from leadline.web.learning import exploring, training, views, work
from leadline.web.learning.models import Asked, Learning
from leadline.web.qualification import predictors
from leadline.web.qualification.models import Activation, Outbox, Predictor, Standing
from leadline.web.qualification.programs import compiled, holding, publish
from leadline.web.today import views as today

pytest.importorskip("scipy", reason="learning needs the extra [learn]")


@pytest.fixture(autouse=True)
def _one_clock(clock, monkeypatch):
    for module in (views, today, lead_pages, lead_views):
        monkeypatch.setattr(module, "now", clock)


@pytest.fixture
def runner(clock) -> Runner:
    return Runner(clock, tidies=False)


@pytest.fixture
def deals(db):
    return rules_program()


@pytest.fixture
def world(deals, server, send, worker, clock):
    """Enough outcomes to learn from."""
    company(send, server, clock, worker, leads=160)
    return deals


@pytest.fixture
def mia(db):
    return browser_of("marketing")


def trained(browser, runner, program) -> Predictor:
    browser.post(f"/learning/{program.slug}/train")
    runner.drain()
    job = Job.objects.latest("at")
    assert job.state == Job.DONE, job.said
    return program.predictors.last()


def test_without_a_goal_the_page_says_what_to_write(mia, program):
    page = look(mia, "/learning/trial")
    assert "names no goal" in page.text
    assert "goal: {event: deal_won" in page.text


def test_before_there_are_outcomes_the_page_says_how_many_are_wanted(mia, deals, server, send, worker):
    send(server, "identify", userId="ana", traits={"email": "ana@example.com"})
    send(server, "track", userId="ana", event="deal_won", properties={"amount": 10})
    worker.drain()
    page = look(mia, "/learning/deals")
    assert "1 lead reached the goal (deal_won); from 40 on it is worth a try" in page.text


def test_without_the_extra_the_page_says_how_to_install_it(mia, deals, monkeypatch):
    monkeypatch.setattr(views, "missing", lambda: ["lightgbm"])
    assert "pip install 'leadline[learn]'" in look(mia, "/learning/deals").text
    mia.post("/learning/deals/train")
    assert not Job.objects.exists()


def test_a_predictor_is_trained_made_active_and_taken_back(mia, world, runner, worker, clock):
    made = trained(mia, runner, world)
    assert predictors.states(world) == {made.pk: predictors.SHADOW}
    assert made.rows > 100
    assert made.mean_worth
    page = look(mia, "/learning/deals")
    for words in ("there is a signal", "It waits in the shadow", "Seniority", made.version):
        assert words in page.text
    assert not Standing.objects.exclude(probability=None).exists()
    told = Outbox.objects.count()

    clock.at += timedelta(minutes=1)
    mia.post(f"/learning/deals/activate/{made.pk}")
    worker.drain()
    rows = Standing.objects.filter(program=world)
    assert rows.exclude(predictor_version=made.version).count() == 0
    assert all(0 < row.probability < 1 and row.worth for row in rows)
    assert Outbox.objects.count() == told
    leads = look(mia, "/leads")
    assert "by expected worth: probability × amount" in leads.text
    best = Standing.objects.filter(program=world).order_by("-worth")[0]
    listed = [link for link in leads.links if link.startswith("/lead/")]
    assert Standing.objects.get(program=world, lead_id=int(listed[0].rsplit("/", 1)[1])).worth == best.worth

    clock.at += timedelta(minutes=1)
    mia.post("/learning/deals/back")
    worker.drain()
    assert predictors.active(world) is None
    assert not Standing.objects.exclude(probability=None).exists()
    assert Outbox.objects.count() == told
    assert [a.verb for a in AuditEntry.objects.order_by("id")] == [
        "train", "activate predictor", "take back predictor",
    ]  # fmt: skip


def test_a_leads_page_says_why_it_has_its_probability(mia, world, runner, worker, clock):
    made = trained(mia, runner, world)
    predictors.activate(predictor=made, by="Mia", at=clock())
    worker.drain()
    row = Standing.objects.filter(program=world).order_by("-probability")[0]
    page = look(mia, f"/lead/{row.lead_id}")
    assert "Why this probability" in page.text
    assert "The average lead" in page.text
    assert "Seniority: vp" in page.text
    assert made.version in page.text
    assert "deal_won within 30 days" in page.text or "within 30 days" in page.text


def test_a_changed_model_silences_the_predictor_until_it_learns_anew(mia, world, runner, worker, clock):
    made = trained(mia, runner, world)
    predictors.activate(predictor=made, by="Mia", at=clock())
    worker.drain()
    clock.at += timedelta(days=1)
    publish(program=world, text=RULES.replace("points: 30", "points: 31"), by="Ana", at=clock())
    worker.drain()
    assert not Standing.objects.exclude(probability=None).exists()
    assert "it is silent" in look(mia, "/learning/deals").text
    work.learn_weekly(clock())
    runner.drain()
    worker.drain()
    latest = predictors.active(world)
    assert latest is not None
    assert latest.pk != made.pk
    assert latest.model_version == compiled(holding(world).text).model.basis
    assert Standing.objects.filter(predictor_version=latest.version).exists()


def test_it_learns_each_week_in_the_shadow_and_the_first_waits_for_a_person(world, runner, clock):
    work.learn_weekly(clock())
    work.learn_weekly(clock())
    assert Job.objects.filter(kind=work.TRAINING).count() == 1
    runner.drain()
    assert predictors.active(world) is None
    assert Predictor.objects.get().by == ""
    work.learn_weekly(clock())
    assert Job.objects.filter(kind=work.TRAINING, state__in=Job.OPEN).count() == 0
    clock.at += timedelta(days=8)
    work.learn_weekly(clock())
    assert Job.objects.filter(kind=work.TRAINING, state__in=Job.OPEN).count() == 1
    Learning.objects.update(weekly=False)


def test_training_can_be_cancelled(mia, world, runner):
    mia.post("/learning/deals/train")
    job = Job.objects.get()
    mia.post(f"/job/{job.id}/cancel")
    runner.drain()
    job.refresh_from_db()
    assert job.state == Job.CANCELLED
    assert not Predictor.objects.exists()


def test_too_few_outcomes_are_said_and_nothing_is_kept(mia, deals, server, send, worker, runner):
    send(server, "identify", userId="ana", traits={"email": "ana@example.com"})
    worker.drain()
    mia.post("/learning/deals/train")
    runner.drain()
    job = Job.objects.get()
    assert job.state == Job.FAILED
    assert job.said
    assert not Predictor.objects.exists()


def test_a_share_of_the_lower_leads_goes_by_lot_and_the_same_ones_again(
    mia, deals, server, send, worker, clock
):
    answer = mia.post("/learning/deals/settings", {"quota": "20", "weekly": "on"})
    assert answer.status_code == 302
    settings = Learning.objects.get(program=deals)
    assert (settings.quota, settings.promotes) == (20, False)
    for n in range(60):
        send(server, "identify", userId=f"u{n}", traits={"email": f"u{n}@example.com"})
        send(server, "page", userId=f"u{n}", properties={"path": "/"})
    send(server, "page", userId="u0", properties={"path": "/pricing"})  # the rules hand this one over
    worker.drain()
    assert exploring.draw(settings, clock()) == 0  # the rules have three days
    clock.at += timedelta(days=4)
    worker.drain()
    before = dict(Standing.objects.values_list("lead_id", "measures"))
    count = exploring.draw(settings, clock())
    assert 3 <= count <= 24
    assert exploring.draw(settings, clock()) == 0
    drawn = exploring.explored_leads(deals)
    lower = set(exploring.lower_leads(deals).values_list("lead_id", flat=True))
    assert set(drawn) == {str(lead) for lead in lower if exploring.lot_of(lead, "deals") < 0.2}
    worker.drain()
    assert dict(Standing.objects.values_list("lead_id", "measures")) == before  # a lot moves no score
    sam = browser_of("manager")
    page = look(sam, "/")
    assert f"{count} leads were handed over by lot" in page.text
    (link,) = [link for link in page.links if "by_lot_deals" in link]
    assert sum(link.startswith("/lead/") for link in look(sam, link).links) == count


def test_the_quota_is_a_whole_number_up_to_twenty(mia, deals):
    for given in ("21", "-1", "5.5", "x", "", "٣"):
        answer = mia.post("/learning/deals/settings", {"quota": given}, follow=True)
        assert b"give a whole number from 0 to 20" in answer.content
    assert not Learning.objects.exists()


def test_somebody_may_vouch_for_a_column(mia, deals):
    mia.post("/learning/deals/vouch", {"name": "stage_name"})
    assert Learning.objects.get().kept == ["stage_name"]
    mia.post("/learning/deals/vouch", {"name": "stage_name", "verb": "refuse"})
    assert Learning.objects.get().kept == []


def test_the_file_of_a_predictor_is_what_the_command_line_takes(mia, world, runner):
    from leadline.model.predictor_file import predictor_version, read_predictor

    made = trained(mia, runner, world)
    answer = mia.get(f"/learning/deals/predictor/{made.pk}")
    assert answer["Content-Type"] == "application/json"
    assert predictor_version(read_predictor(answer.content.decode())) == made.version
    assert json.loads(made.report)["evaluation"]["auc"]["value"] > 0.6


def test_the_api_tells_of_predictors_and_probabilities(mia, world, runner, worker, clock, monkeypatch):
    for module in (callers, reading):
        monkeypatch.setattr(module, "now", clock)
    made = trained(mia, runner, world)
    predictors.activate(predictor=made, by="Mia", at=clock())
    worker.drain()
    by_key = reads_by_key(clock())
    (told,) = by_key("/programs/deals/predictors")
    assert (told["version"], told["state"], told["signal"]) == (made.version, "active", True)
    assert told["metrics"]["auc"]["interval_95"]
    row = Standing.objects.filter(program=world).first()
    (stands,) = by_key(f"/leads/{row.lead_id}")["standings"]
    assert stands["probability"] == row.probability
    assert stands["predictor_version"] == made.version
    judged = by_key(f"/leads/{row.lead_id}/assessment")
    assert 0 < judged["probability"] < 1
    assert judged["measures"]["probability"] == judged["probability"]
    assert judged["predictor_version"] == made.version


def reads_by_key(at: int):
    """Reading as a program with a key does."""
    owner = User.objects.create_user("robot@example.com", role="admin")
    rights = [Right.SEE_LEADS, Right.SEE_NUMBERS]
    _, text = make_key(user=owner, name="BI", rights=rights, networks=[], expires_at=at + 99 * DAY, at=at)
    return lambda path: Client(headers={"Authorization": f"Bearer {text}"}).get(f"/api/v1{path}").json()


def test_leads_that_were_drawn_are_learned_from_and_marked(deals, server, send, worker, clock):
    begin = clock.at
    Learning.objects.create(program=deals, quota=20, quota_from=clock())
    for n in range(40):
        page = "/pricing" if n < 10 else "/"
        send(server, "identify", userId=f"u{n}", traits={"seniority": "vp", "email": f"u{n}@example.com"})
        send(server, "page", userId=f"u{n}", properties={"path": page})
    worker.drain()
    clock.at = begin + timedelta(days=4)
    drawn = exploring.draw(Learning.objects.get(), clock())
    assert drawn
    clock.at = begin + timedelta(days=50)
    worker.drain()
    found = training.examples_of(deals, training.model_of(deals), at=clock(), told=lambda done, what: None)
    assert found.explored.sum() == drawn
    assert len(found) == drawn + 10
    lots = {at for at, lot in zip(found.at.tolist(), found.explored.tolist(), strict=True) if lot}
    assert lots == set(exploring.explored_leads(deals).values())


def test_who_only_reads_decides_nothing(deals):
    cleo = browser_of("reader")
    assert cleo.get("/learning/deals").status_code == 200
    for path in ("train", "back", "off", "settings", "vouch", "activate/1"):
        assert cleo.post(f"/learning/deals/{path}").status_code == 403
    assert browser_of("rep").get("/learning/deals").status_code == 403
    assert not Activation.objects.exists()


def test_the_outcomes_are_asked_about_the_rules_and_better_ones_become_a_draft(mia, world, runner):
    trained(mia, runner, world)
    mia.post("/learning/deals/ask")
    runner.drain()
    job = Job.objects.get(kind=work.ASKING)
    assert job.state == Job.DONE, job.said
    asked = Asked.objects.get()
    page = look(mia, "/learning/deals")
    assert json.loads(asked.result)["headline"] in page.text
    assert "Decides" in page.text
    answer = mia.get(f"/learning/deals/persona/{asked.pk}")
    assert answer["Content-Disposition"].startswith("attachment")
    assert b"<html" in answer.content
    if asked.draft is not None:
        assert mia.get(f"/program/deals/draft/{asked.draft_id}").status_code == 200


def test_the_number_of_queries_does_not_grow_with_predictors_or_leads(
    mia, deals, server, send, worker, django_assert_max_num_queries
):
    text = write_predictor(Learned("Base", "rate", "deal_won", (), (), (), base=-2.0))
    about = {"rows": 50, "won": 9, "begins": 0, "ends": 1, "mean_worth": None, "report": {"signal": False}}
    for n in range(3):
        predictors.keep_predictor(program=deals, text=text, by="Mia", at=n, **about)
    look(mia, "/learning/deals")
    with CaptureQueriesContext(connection) as few:
        look(mia, "/learning/deals")
    for n in range(12):
        send(server, "identify", userId=f"u{n}", traits={"email": f"u{n}@example.com"})
        predictors.keep_predictor(program=deals, text=text, by="Mia", at=10 + n, **about)
    worker.drain()
    with django_assert_max_num_queries(len(few)):
        look(mia, "/learning/deals")


def test_what_was_tracked_runs_nowhere_on_the_page(mia, deals):
    report = {
        "signal": True, "why": CANARY, "refused": [{"name": CANARY, "label": CANARY, "reason": CANARY}],
        "effects": [{"label": CANARY, "weight": 0.1, "bars": [{"words": [CANARY], "change": 0.1}]}],
        "evaluation": {"notes": [CANARY], "left_out": {CANARY: 3}, "base": {"value": 0.1, "n": 5}},
    }  # fmt: skip
    text = write_predictor(Learned("Base", "rate", "deal_won", (), (), (), base=-2.0))
    predictors.keep_predictor(
        program=deals, text=text, rows=5, won=1, begins=None, ends=None, mean_worth=None, report=report,
        by=CANARY, at=1,
    )  # fmt: skip
    Learning.objects.create(program=deals, kept=[CANARY], alarm=CANARY)
    page = look(mia, "/learning/deals")
    assert CANARY in page.text
    assert not page.runs


def test_a_predictor_whose_text_was_changed_is_refused(deals):
    text = write_predictor(Learned("Base", "rate", "deal_won", (), (), (), base=-2.0))
    with pytest.raises(ValueError, match=r"hash|changed"):
        predictors.keep_predictor(
            program=deals, text=text.replace("-2", "-1"), rows=5, won=1, begins=None, ends=None,
            mean_worth=None, report={}, by="Mia", at=1,
        )  # fmt: skip
