"""The example company: the same for a seed, true to itself, and as dirty as it says."""

from __future__ import annotations

import time
from datetime import date
from pathlib import Path

import duckdb
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from leadline.sample import Company, make_company, write_company
from leadline.sample.tables import SCHEMAS


@pytest.fixture(scope="module")
def company() -> Company:
    return make_company(leads=6000, seed=3, events_per_lead=30)


@pytest.fixture(scope="module")
def ask(company: Company):
    """Answers SQL over the company's tables with one value, or one row."""
    connection = duckdb.connect()
    connection.execute("set timezone = 'UTC'")
    for name in SCHEMAS:
        connection.register(name, getattr(company, name))

    def answer(query: str):
        row = connection.execute(query).fetchone()
        return row[0] if len(row) == 1 else row

    return answer


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


# The same for a seed


def test_a_seed_gives_the_same_files_to_the_byte(tmp_path):
    write_company(tmp_path / "a", leads=120, seed=5)
    write_company(tmp_path / "b", leads=120, seed=5)
    assert files_of(tmp_path / "a") == files_of(tmp_path / "b")


def test_another_seed_gives_another_company():
    assert make_company(leads=60, seed=1).leads != make_company(leads=60, seed=2).leads


def test_what_is_written_is_what_is_made(tmp_path):
    made = make_company(leads=150, seed=2)
    write_company(tmp_path, leads=150, seed=2, format="parquet")
    assert pq.read_table(tmp_path / "events").equals(made.events)
    assert pq.read_table(tmp_path / "leads.parquet").equals(made.leads)
    assert pq.read_table(tmp_path / "truth" / "leads.parquet").equals(made.truth)


def test_five_hundred_leads_come_at_once():
    make_company(leads=50)
    began = time.process_time()
    make_company(leads=500)
    assert time.process_time() - began < 1.5


@pytest.mark.parametrize("leads", [1, 2, 7, 39])
def test_a_tiny_company_is_a_company(leads):
    assert make_company(leads=leads, seed=4).leads.num_rows == leads


# True to itself


def test_tables_have_the_published_columns(company):
    assert all(getattr(company, name).schema.equals(schema) for name, schema in SCHEMAS.items())


def test_all_happens_within_the_period():
    short = make_company(leads=300, seed=1, start=date(2025, 3, 1), end=date(2025, 4, 15))
    for table, column in (("leads", "created_at"), ("events", "occurred_at"), ("traits", "occurred_at")):
        days = pc.min_max(getattr(short, table)[column]).as_py()
        assert days["min"].date() >= date(2025, 3, 1), table
        assert days["max"].date() <= date(2025, 4, 15), table


def test_outcomes_are_the_deal_events(ask):
    deals = (
        "select distinct name, lead_id, event, occurred_at, amount, rep from events where event like 'deal_%'"
    )
    told = "select deal_id, lead_id, 'deal_' || outcome, closed_at, amount, rep from outcomes"
    assert ask(f"select count(*) from ({deals} except {told})") == 0
    assert ask(f"select count(*) from ({told} except {deals})") == 0
    assert ask("select count(*) = count(distinct lead_id) from outcomes")


def test_only_won_deals_have_amounts_and_only_buyers_win(ask):
    assert ask("select bool_and((amount is not null) = (outcome = 'won')) from outcomes")
    assert ask("select bool_and(buys) from outcomes join truth using (lead_id) where outcome = 'won'")


def test_decisions_have_reps_and_rejections_reasons(ask):
    sent_back = "event in ('lead_rejected', 'lead_recycled')"
    assert ask("select count(*) from events where event like 'lead_%' and rep is null") == 0
    assert ask(f"select bool_and(reason is not null) from events where {sent_back}")
    assert 0.4 < ask("select avg((until is not null)::int) from events where event = 'lead_recycled'") < 0.8
    assert ask("select bool_and(until > occurred_at) from events where until is not null")


def test_ids_are_of_one_thing_each(ask):
    assert ask("select count(*) = count(distinct lead_id) from leads")
    assert ask("select count(*) = count(distinct trait_id) from traits")
    same = "select event_id from events group by 1 having count(distinct (lead_id, event, path)) > 1"
    assert ask(f"select count(*) from ({same})") == 0
    assert ask("select count(*) from traits anti join leads using (lead_id)") == 0


def test_names_lie_in_reserved_domains_alone(ask):
    reserved = r"(^|[@./])example\.(com|org|net)$|\.example$"
    hosts = """
        select lower(split_part(email, '@', 2)) host from leads
        union select split_part(url, '/', 3) from events where url is not null
        union select split_part(referrer, '/', 3) from events where referrer is not null
    """
    assert ask(f"select bool_and(regexp_matches(host, '{reserved}')) from ({hosts})")


# A truth behind it


def test_deals_follow_need_and_fit(ask):
    low, middle, top = ask("""
        select avg(won) filter (where tenth <= 5), avg(won) filter (where tenth in (7, 8)),
            avg(won) filter (where tenth = 10)
        from (
            select ntile(10) over (order by would_buy) tenth, (coalesce(outcome, '') = 'won')::int won
            from truth left join outcomes using (lead_id) where has_profile
        )
    """)
    assert low < 0.02 < middle < 0.15 < top < 0.5


def test_a_few_percent_of_leads_buy(ask):
    assert 0.03 < ask("select sum((outcome = 'won')::int) / 6000 from outcomes") < 0.08


def test_sources_differ_in_worth(ask):
    def rate(source: str) -> float:
        won = "avg((coalesce(outcome, '') = 'won')::int)"
        return ask(f"select {won} from leads left join outcomes using (lead_id) where source = '{source}'")

    assert rate("purchased_list") < 0.025 < rate("organic") < rate("referral")
    assert rate("paid_social") < rate("partner")


def test_need_shows_in_what_they_look_at(ask):
    pricing = "avg((starts_with(path, '/pricing'))::int) filter (where event = 'page')"
    per_half = f"select {pricing} from events join truth using (lead_id) where not is_bot and peak_need"
    assert ask(f"{per_half} > 0.6") > 2 * ask(f"{per_half} < 0.3")


def test_few_do_a_lot_and_many_do_little(ask):
    counts = "select count(event_id) n from leads left join events using (lead_id) group by leads.lead_id"
    mean, median, most = ask(f"select avg(n), median(n), max(n) from ({counts})")
    assert mean == pytest.approx(30.5, rel=0.1)
    assert median < 0.75 * mean
    assert most > 8 * mean


@pytest.mark.parametrize("events_per_lead", [20, 40, 80])
def test_there_are_as_many_events_as_asked_for(events_per_lead):
    events = make_company(leads=3000, seed=2, events_per_lead=events_per_lead).events
    assert events.num_rows / 3000 == pytest.approx(events_per_lead, rel=0.08)


def test_one_rep_rejects_too_readily(ask):
    accepted = """
        select avg((event = 'lead_accepted')::int) from events
        where event in ('lead_accepted', 'lead_rejected')
    """
    assert ask(f"{accepted} and rep like 'viktor%'") < 0.7 * ask(f"{accepted} and rep not like 'viktor%'")


def test_people_come_back_after_they_were_sent_away(ask):
    later = """
        select distinct lead_id from events b
        where event in ('lead_accepted', 'lead_rejected') and exists (
            from events a where a.lead_id = b.lead_id and a.event_id <> b.event_id
            and a.event in ('lead_rejected', 'lead_recycled') and a.occurred_at < b.occurred_at
        )
    """
    assert ask(f"select count(*) from ({later})") > 60


def test_money_goes_to_the_paid_sources(ask):
    assert ask("select count(*) from spend where source = 'organic'") == 0
    spent = "select sum(amount) from spend where source = 'paid_search'"
    assert ask(f"select ({spent}) / count(*) from leads where source = 'paid_search'") == pytest.approx(
        84, rel=0.1
    )
    assert ask("select bool_and(round(amount, 2) = amount) from spend")


# Dirt, in the shares that are stated


@pytest.mark.parametrize(
    ("what", "share"),
    [
        ("from truth where is_bot", 0.02),
        ("from truth where kind = 'competitor'", 0.012),
        ("from truth where kind = 'job_seeker'", 0.02),
        ("from truth where duplicate_of is not null", 0.03),
        ("from truth where not has_profile", 0.006),
        ("from leads where try_cast(employees as double) is null and employees is not null", 0.015),
        ("from leads where employees is null", 0.06),
    ],
)
def test_leads_are_as_dirty_as_stated(ask, what, share):
    assert ask(f"select count(*) {what}") == pytest.approx(share * 6000, abs=1)


@pytest.mark.parametrize(("dirt", "share"), [("late", 0.01), ("doubled", 0.008), ("void", 0.003)])
def test_events_are_as_dirty_as_stated(ask, dirt, share):
    assert ask(f"select count(*) from truth_events where dirt = '{dirt}'") == pytest.approx(
        share * ask("select count(distinct event_id) from events"), abs=1
    )


def test_dirt_is_what_it_says(ask):
    assert ask("select count(*) from (select event_id from events group by 1 having count(*) > 1)") == ask(
        "select count(*) from truth_events where dirt = 'doubled'"
    )
    void = "select event_id from truth_events where dirt = 'void'"
    assert ask(f"select bool_and(void) from events where event_id in ({void})")
    assert ask("select count(distinct event_id) from events where void") == ask(
        "select count(*) from truth_events where dirt = 'void'"
    )
    differing = "select event_id from events group by 1 having count(distinct occurred_at) > 1"
    assert ask(f"select count(*) from ({differing})") > 20
    assert ask("select count(*) from events where void and (event like 'lead_%' or event like 'deal_%')") == 0


def test_events_stand_in_the_order_of_arrival(ask):
    numbered = "select occurred_at, lag(occurred_at) over (order by event_id) before from events"
    back = ask(f"select avg((occurred_at < before)::int) from ({numbered})")
    assert 0.005 < back < 0.02  # the late ones


def test_bots_click_many_links_in_a_minute_at_night(ask):
    bursts = """
        select lead_id, count(*) n, min(hour(occurred_at)) h
        from events semi join (from truth where is_bot) using (lead_id)
        where event in ('page', 'email_clicked') group by lead_id, date_trunc('hour', occurred_at)
    """
    assert ask(f"select quantile_cont(n, 0.5) from ({bursts})") >= 10
    assert ask(f"select avg((h < 5)::int) from ({bursts})") > 0.95


def test_some_leads_do_nothing_and_some_events_have_no_lead(ask):
    assert 0.02 < ask("select count(*) / 6000 from leads anti join events using (lead_id)") < 0.1
    assert ask("select count(*) from events anti join leads using (lead_id)") > 0


def test_duplicates_are_the_same_person_spelt_otherwise(ask):
    pair = "leads a join truth t using (lead_id) join leads b on b.lead_id = t.duplicate_of"
    assert ask(f"select bool_and(a.company = b.company and a.lead_id <> b.lead_id) from {pair}")
    assert ask(f"select avg((lower(a.email) = lower(b.email) and a.email <> b.email)::int) from {pair}") > 0.1


# In chunks


def test_chunks_give_the_same_kind_of_company(tmp_path, company):
    seen = []
    written = write_company(
        tmp_path,
        leads=6000,
        seed=3,
        events_per_lead=30,
        format="parquet",
        chunk=1700,
        progress=lambda done, of: seen.append((done, of)),
    )
    assert seen == [(1700, 6000), (3400, 6000), (5100, 6000), (6000, 6000)]
    assert len(list((tmp_path / "events").iterdir())) == 4
    events, leads = pq.read_table(tmp_path / "events"), pq.read_table(tmp_path / "leads.parquet")
    assert leads.num_rows == written.rows["leads"] == 6000
    assert events.num_rows == written.rows["events"]
    for table, column in ((leads, "lead_id"), (pq.read_table(tmp_path / "traits.parquet"), "trait_id"),
                          (pq.read_table(tmp_path / "outcomes.parquet"), "deal_id")):  # fmt: skip
        assert pc.count_distinct(table[column]).as_py() == table.num_rows
    doubled = pq.read_table(tmp_path / "truth" / "events.parquet").filter(pc.field("dirt") == "doubled")
    assert pc.count_distinct(events["event_id"]).as_py() == events.num_rows - doubled.num_rows
    for name in ("events", "traits", "outcomes"):
        assert written.rows[name] == pytest.approx(getattr(company, name).num_rows, rel=0.12), name


def test_a_smaller_company_leaves_no_parts_of_a_larger_one(tmp_path):
    write_company(tmp_path, leads=90, chunk=30, format="parquet")
    write_company(tmp_path, leads=30, chunk=30, format="parquet")
    assert [part.name for part in (tmp_path / "events").iterdir()] == ["part-00000.parquet"]


def test_csv_says_instants_and_money_plainly(tmp_path):
    paths = write_company(tmp_path, leads=200, seed=1).paths
    head, first = paths["outcomes"].read_text().splitlines()[:2]
    assert head == "deal_id,lead_id,outcome,closed_at,amount,rep"
    assert first.split(",")[3].endswith("Z")
    assert "T" in first.split(",")[3]
    lines = paths["spend"].read_text().splitlines()
    assert all(len(line.split(",")[3].split(".")[1]) == 2 for line in lines[1:])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"leads": 0}, "leads is 0; expected a number from 1"),
        ({"seed": -1}, "seed is -1"),
        ({"events_per_lead": float("nan")}, "events_per_lead is nan"),
        ({"leads": 1_000_000, "events_per_lead": 500.0}, "more than 90 million events"),
        ({"end": date(2026, 1, 5)}, "too short"),
        ({"format": "xlsx"}, "expected 'csv' or 'parquet'"),
        ({"chunk": 0}, "chunk is 0"),
    ],
)
def test_an_argument_that_makes_no_company_is_refused(tmp_path, arguments, said):
    with pytest.raises(ValueError, match=said):
        write_company(tmp_path, **arguments)


def test_a_file_in_the_way_is_named(tmp_path):
    (tmp_path / "here").write_text("mine")
    with pytest.raises(ValueError, match="is a file; expected a folder"):
        write_company(tmp_path / "here")
