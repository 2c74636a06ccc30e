"""Export: what is seen, in files that no spreadsheet runs."""

from __future__ import annotations

import csv
import io

import pyarrow.parquet as pq
import pytest
from pages_cast import Page, signed_in

from leadline.web.accounts.models import AuditEntry, User
from leadline.web.leads.actions import assign_leads
from leadline.web.leads.models import Lead

pytestmark = pytest.mark.django_db

FORMULAS = [
    "=1+1", "+1+1", "-1+1", "@SUM(1)", "\t=1+1", "\r=1+1", "\n=1+1", " =1+1", "\u00a0=1+1", "\ufeff=1+1",
    "＝1+1", "＋1", "－1+1", "＠SUM(1)", "\u200b=1+1", "\x0b=1", "\u2003@x", "=HYPERLINK(\"http://x\")",
    "\x00=1", "  \t +1-1", "-", "=", "\u202e=1",
]  # fmt: skip


@pytest.fixture
def people(worker, program, server, send, clock):
    send(server, "identify", userId="ana", traits={"name": 'Ana, "Lopez"', "email": "ana@acme.example"})
    send(
        server,
        "identify",
        userId="ben",
        traits={"name": "Ben", "seniority": "vp", "company": "=cmd|' /C calc'!A0"},
    )
    worker.drain()
    return {lead.name: lead.id for lead in Lead.objects.all()}


def rows(answer) -> list[dict[str, str]]:
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_what_is_seen_is_exported_with_its_columns_in_its_order(people):
    answer = signed_in().post("/leads/export", {"query": "columns=field.seniority,fit&sort=name"})
    found = rows(answer)
    assert [r["Name"] for r in found] == ['Ana, "Lopez"', "Ben"]
    assert (found[1]["Seniority"], found[1]["Fit"]) == ("vp", "30")
    assert answer["Content-Type"].startswith("text/csv")
    assert ".csv" in answer["Content-Disposition"]


def test_a_filter_holds_for_the_file_too(people):
    assert [r["Name"] for r in rows(signed_in().post("/leads/export", {"query": "stage=lead&q=ben"}))] == [
        "Ben"
    ]


def test_a_formula_is_a_text_unless_one_asks_for_it_as_it_stands(people):
    browser = signed_in()
    (ben,) = rows(browser.post("/leads/export", {"query": "q=ben"}))
    assert ben["Company"] == "'=cmd|' /C calc'!A0"
    (ben,) = rows(browser.post("/leads/export", {"query": "q=ben", "raw": "on"}))
    assert ben["Company"] == "=cmd|' /C calc'!A0"


@pytest.mark.parametrize("cell", FORMULAS)
def test_no_cell_begins_like_a_formula(cell):
    from leadline.web.operations.sheets import harmless

    assert harmless(cell).startswith("'")


@pytest.mark.parametrize(
    "cell", ["-4.5", "12", "a=b", "Ana", "2026-01-01", "x@example.com", "", "1e5", "O'Neil"]
)
def test_what_is_none_is_left_as_it_is(cell):
    from leadline.web.operations.sheets import harmless

    assert harmless(cell) == cell


def test_parquet_has_columns_in_their_own_types(people):
    answer = signed_in().post(
        "/leads/export", {"format": "parquet", "query": "columns=fit,hand_raised,tags,first_seen"}
    )
    found = pq.read_table(io.BytesIO(b"".join(answer.streaming_content)))
    types = {f.name: str(f.type) for f in found.schema}
    assert (types["fit"], types["hand_raised"], types["first_seen"]) == (
        "double",
        "bool",
        "timestamp[us, tz=UTC]",
    )
    assert sorted(found.column("fit").to_pylist()) == [0.0, 30.0]


def test_it_needs_a_right_of_its_own_and_keeps_to_the_scope(people, client, clock):
    rep = User.objects.create_user("rep@example.com", role="rep", scope="own")
    assign_leads(leads=[people["Ben"]], to=rep.pk, by="x", at=clock())
    client.force_login(rep)
    assert client.post("/leads/export", {"query": ""}).status_code == 403
    assert not AuditEntry.objects.filter(verb="export").exists()
    User.objects.filter(pk=rep.pk).update(may_export=True)
    assert [r["Name"] for r in rows(client.post("/leads/export", {"query": "kind=all"}))] == ["Ben"]
    assert AuditEntry.objects.get(verb="export").detail["leads"] == 1


def test_a_filter_that_is_not_understood_exports_nothing(people):
    page = Page(signed_in().post("/leads/export", {"query": "f=nonsense:is:1"}, follow=True))
    assert "nothing was exported" in page.text
