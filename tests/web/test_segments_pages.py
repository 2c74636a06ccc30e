"""Segments on screen: written with help, live, counted day by day."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pages_cast import look, signed_in

from leadline.web.accounts.models import User
from leadline.web.board.models import Segment
from leadline.web.board.segments import count_segments
from leadline.web.lead_pages import segment_views, views
from leadline.web.leads.actions import assign_leads
from leadline.web.leads.models import Lead

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def at_the_test_s_time(monkeypatch, clock):
    for module in (views, segment_views):
        monkeypatch.setattr(module, "now", clock)


@pytest.fixture
def people(worker, program, server, send):
    send(server, "identify", userId="ana", traits={"name": "Ana"})
    send(server, "identify", userId="ben", traits={"name": "Ben", "seniority": "vp"})
    worker.drain()
    return {lead.name: lead.id for lead in Lead.objects.all()}


def test_a_segment_is_written_and_its_leads_are_the_table(people, worker, server, send):
    browser = signed_in()
    browser.post("/segments/new", {"name": "Deciders", "condition": "seniority = 'vp'"})
    segment = Segment.objects.get()
    assert "1 of 2" in look(browser, "/leads", segment=segment.pk).text
    assert "Ben" in look(browser, f"/segment/{segment.pk}").text
    send(server, "identify", userId="ana", traits={"seniority": "vp"})
    worker.drain()
    assert "2 of 2" in look(browser, "/leads", segment=segment.pk).text
    assert "Deciders" in look(browser, "/segments").text


def test_what_is_wrong_is_said_at_its_place_while_one_types(people):
    page = look(signed_in(), "/segments/check", condition="fit > 3 and seniorty = 'vp'")
    assert "did you mean `seniority`" in page.text
    assert "<mark>seniorty" in page.html
    assert "1 of 2 leads fit" in look(signed_in_again(), "/segments/check", condition="seniority = 'vp'").text


def signed_in_again():
    from django.test import Client

    browser = Client()
    browser.force_login(User.objects.get(email="ana@example.com"))
    return browser


def test_a_condition_that_does_not_read_is_not_kept(people):
    answer = signed_in().post("/segments/new", {"name": "X", "condition": "colour = 'red'"})
    assert answer.status_code == 422
    assert not Segment.objects.exists()
    assert "colour" in answer.content.decode()


def test_two_segments_do_not_share_a_name(people):
    browser = signed_in()
    for _ in range(2):
        answer = browser.post("/segments/new", {"name": "X", "condition": "fit > 1"})
    assert answer.status_code == 422
    assert "segment of that name" in answer.content.decode()


def test_the_history_of_counts_is_a_picture_with_its_numbers(people, program, clock):
    segment = Segment.objects.create(name="S", program=program, condition="fit >= 0", by="x", at=0)
    for _ in range(3):
        count_segments(clock())
        clock.at += timedelta(days=1)
    page = look(signed_in(), f"/segment/{segment.pk}")
    assert [row for row in page.cells if row[0].startswith("2026-06")] == [
        ["2026-06-01", "2"], ["2026-06-02", "2"], ["2026-06-03", "2"],
    ]  # fmt: skip


def test_a_segment_that_reads_no_more_says_so_everywhere(people, program):
    segment = Segment.objects.create(name="Old", program=program, condition="colour = 'red'", by="x", at=0)
    browser = signed_in()
    for path in ("/segments", f"/segment/{segment.pk}", f"/leads?segment={segment.pk}"):
        assert "colour" in look(browser, path).text, path


def test_removing_one_is_undone(people, program):
    segment = Segment.objects.create(name="S", program=program, condition="fit >= 0", by="x", at=0)
    browser = signed_in()
    browser.post(f"/segment/{segment.pk}/remove")
    assert browser.get(f"/segment/{segment.pk}").status_code == 404
    assert "no such segment" in look(browser, "/leads", segment=segment.pk).text
    browser.post(f"/segment/{segment.pk}/restore")
    assert browser.get(f"/segment/{segment.pk}").status_code == 200


def test_a_rep_counts_only_what_they_see(people, program, client, clock):
    rep = User.objects.create_user("rep@example.com", role="rep", scope="own")
    assign_leads(leads=[people["Ben"]], to=rep.pk, by="x", at=clock())
    client.force_login(rep)
    assert "1 of 1" in look(client, "/segments/check", condition="fit >= 0").text
