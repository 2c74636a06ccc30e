"""Learn, predict, drift and renew, through the command line."""

import csv
import json
import random
import re
from html import unescape

import pytest
from typer.testing import CliRunner

pytest.importorskip("sklearn")

from leadline.cli import app

run = CliRunner()
DAYS = 200


def rows(n=400, seed=1, turned=False):
    draw = random.Random(seed)
    for i in range(n):
        source = draw.choice(["ads", "referral", "event"])
        size = draw.choice(["", *range(5, 500)])
        chance = {"ads": 0.1, "referral": 0.6, "event": 0.3}[source]
        won = draw.random() < (0.7 - chance if turned else chance)
        day = i * DAYS // n
        yield {
            "Lead": f"L-{i}", "Created": f"2026-{1 + day // 28:02}-{1 + day % 28:02}", "Source": source,
            "Employees": size, "Comment": draw.choice(["Select", "=cmd|' /C calc'!A0", "call me"]),
            "Empty": "", "Same": "x", "Won": "yes" if won else "no",
        }  # fmt: skip


def written(path, given):
    given = list(given)
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, given[0])
        writer.writeheader()
        writer.writerows(given)
    return str(path)


@pytest.fixture(scope="module")
def learned(tmp_path_factory):
    """A folder with leads, the predictor learned from them, its page and its JSON."""
    folder = tmp_path_factory.mktemp("learned")
    written(folder / "leads.csv", rows())
    asked = ["--outcome", "Won", "--time", "Created", "--id", "Lead", "--group", "Source", "--json"]
    files = ["--out", str(folder / "p.json"), "--page", str(folder / "page.html")]
    done = run.invoke(app, ["learn", str(folder / "leads.csv"), *asked, *files])
    assert done.exit_code == 0, done.output
    (folder / "told.json").write_text(done.stdout)
    return folder


def test_learn_says_how_good_and_what_was_left_out(learned):
    told = json.loads((learned / "told.json").read_text())
    assert told["evaluation"]["how"].startswith("later in time")
    assert told["evaluation"]["auc"]["value"] > 0.65
    assert {d["column"] for d in told["dropped"]} >= {"Empty", "Same", "Lead", "Won"}
    assert told["effects"][0]["label"] == "Source"
    assert [g["label"] for g in told["evaluation"]["groups"]] == ["Source"]


def test_the_screen_has_headline_effects_and_types(learned):
    done = run.invoke(app, ["learn", str(learned / "leads.csv"), "--outcome", "Won", "--time", "Created"])
    assert done.exit_code == 0, done.output
    assert re.search(r"Calls on the best fifth reach \d+ % of buyers", done.stdout)
    assert "ROC AUC" in done.stdout
    assert "category" in done.stdout
    assert "Tried on leads later in time" in done.stdout


def test_the_page_stands_alone(learned):
    page = unescape((learned / "page.html").read_text())
    assert "<script" not in page
    assert "default-src 'none'" in page
    assert "http" not in page.replace("http-equiv", "")
    assert "Does 20 % mean 20 %?" in page


def test_predict_gives_what_was_learned_and_sums_exactly(learned, tmp_path):
    out = tmp_path / "scored.csv"
    done = run.invoke(app, ["predict", str(learned / "p.json"), str(learned / "leads.csv"), "--explain",
                            "--out", str(out)])  # fmt: skip
    assert done.exit_code == 0, done.output
    with out.open() as file:
        scored = list(csv.DictReader(file))
    assert [r["id"] for r in scored] == [f"L-{i}" for i in range(400)]
    fixed = {"id", "probability", "low", "high", "start", "reasons"}
    for row in scored:
        added = sum(float(v) for k, v in row.items() if k not in fixed)
        assert float(row["start"]) + added == pytest.approx(float(row["probability"]), abs=1e-9)
        assert float(row["low"]) <= float(row["probability"]) <= float(row["high"])
        assert not row["reasons"].startswith("=")


def test_what_stands_in_for_an_answer_is_missing_in_both(learned):
    """Else each column with a "Select" would seem to have drifted."""
    done = run.invoke(app, ["drift", str(learned / "p.json"), str(learned / "leads.csv"), "--outcome", "Won",
                            "--json"])  # fmt: skip
    told = json.loads(done.stdout)
    assert not told["alarm"]
    assert all(w["size"] == 0 for w in told["watched"] if w["kind"] == "input")


def test_drift_is_told_and_is_an_exit_code_where_asked(learned, tmp_path):
    later = written(tmp_path / "later.csv", (r | {"Source": "ads"} for r in rows(300, 5)))
    done = run.invoke(app, ["drift", str(learned / "p.json"), later, "--exit-code"])
    assert done.exit_code == 1
    assert "Drifted: Source" in done.stdout
    assert run.invoke(app, ["drift", str(learned / "p.json"), later]).exit_code == 0


def test_renew_begins_keeps_and_goes_back(tmp_path):
    leads = written(tmp_path / "leads.csv", rows(500))
    asked = ["--outcome", "Won", "--time", "Created", "--json"]
    folder = str(tmp_path / "predictors")
    first = run.invoke(app, ["renew", folder, leads, *asked])
    assert json.loads(first.stdout)["act"] == "first", first.output
    more = [r | {"Created": r["Created"].replace("2026", "2027")} for r in rows(900, 7, turned=True)]
    both = written(tmp_path / "both.csv", [*rows(500), *more])
    second = json.loads(run.invoke(app, ["renew", folder, both, *asked]).stdout)
    assert second["act"] == "promoted"
    back = json.loads(run.invoke(app, ["renew", folder, "--back", "--json"]).stdout)
    assert back["champion"] == json.loads(first.stdout)["champion"]
    assert run.invoke(app, ["renew", folder, "--back"]).exit_code == 3


# --- hostile input -------------------------------------------------------------------------------------


def test_no_signal_is_said_plainly(tmp_path):
    draw = random.Random(3)
    given = ({"a": draw.random(), "b": draw.choice("xyz"), "won": draw.choice("01")} for _ in range(300))
    leads = written(tmp_path / "l.csv", given)
    done = run.invoke(app, ["learn", leads, "--outcome", "won", "--page", str(tmp_path / "p.html")])
    assert done.exit_code == 0
    assert "No signal here" in done.stdout
    assert "No signal here" in (tmp_path / "p.html").read_text()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([{"a": 1, "won": "yes"}] * 50, "same one"),
        ([{"a": 1, "won": ""}] * 50, "empty in all"),
        ([{"a": 1, "sold": "yes"}, {"a": 2, "sold": "no"}], "no column `won`"),
    ],
)
def test_what_cannot_be_learned_is_said_without_a_traceback(tmp_path, given, said):
    done = run.invoke(app, ["learn", written(tmp_path / "l.csv", given), "--outcome", "won"])
    assert done.exit_code == 3
    assert said in " ".join(done.output.split())
    assert "Traceback" not in done.output


def test_ids_levels_duplicates_and_the_far_future_are_no_trouble(tmp_path):
    draw = random.Random(4)
    given = [
        {"id": f"u{i}", "level": f"v{draw.randrange(10_000)}",
         "when": draw.choice(["9999-12-31", "2026-01-05", ""]), "at": f"2026-0{1 + i % 9}-01",
         "n": draw.choice(["1e308", "-1e308", "nan", "inf", "3", "4"]),
         "won": draw.choice(["won", "lost"])} for i in range(600)
    ]  # fmt: skip
    leads = written(tmp_path / "l.csv", [*given, *given[:50]])
    done = run.invoke(
        app, ["learn", leads, "--outcome", "won", "--time", "at", "--out", str(tmp_path / "p.json")]
    )
    assert done.exit_code == 0, done.output
    scored = run.invoke(app, ["predict", str(tmp_path / "p.json"), leads, "--json"])
    assert scored.exit_code == 0, scored.output
    assert json.loads(scored.stdout)["rows"] == 650


def test_a_predictor_that_was_changed_is_refused(learned, tmp_path):
    text = (learned / "p.json").read_text()
    changed = tmp_path / "p.json"
    changed.write_text(text.replace('"base": -', '"base": -1', 1))
    assert changed.read_text() != text
    for command in ("predict", "drift"):
        done = run.invoke(app, [command, str(changed), str(learned / "leads.csv")])
        assert done.exit_code == 3
        assert "Traceback" not in done.output


def test_a_missing_column_is_named_with_what_is_near(learned, tmp_path):
    some = written(
        tmp_path / "l.csv", ({"Sourse" if k == "Source" else k: v for k, v in r.items()} for r in rows(20))
    )
    done = run.invoke(app, ["predict", str(learned / "p.json"), some])
    assert done.exit_code == 3
    assert "`Source`; did you mean `Sourse`?" in " ".join(done.output.split())


def test_without_the_extra_it_says_what_to_install(monkeypatch, tmp_path):
    def absent(*_, **__):
        raise ModuleNotFoundError("No module named 'sklearn'", name="sklearn")

    monkeypatch.setattr("leadline.cli.learn._from_table", absent)
    done = run.invoke(app, ["learn", "x.csv", "--outcome", "won"])
    assert done.exit_code == 2
    assert "pip install 'leadline[learn]'" in " ".join(done.output.split())
