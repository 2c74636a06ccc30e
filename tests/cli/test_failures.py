"""What happens when something is wrong: a sentence and an exit code, never a traceback."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from cli_cast import TODAY, written

LEADLINE = [sys.executable, "-c", "from leadline.cli import main; main()"]

HOSTILE_MODELS = {
    "empty": b"",
    "not yaml": b"{[}",
    "a bomb": b"a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\nleadline: *c\n",
    "an alias": b"leadline: 1\nname: &n X\nfields: {a: *n}\n",
    "ten megabytes": b"leadline: 1\nname: " + b"x" * (10 << 20),
    "nul": b"leadline: 1\nname: a\0b\n",
    "latin-1": "leadline: 1\nname: Größe\n".encode("latin-1"),
    "deep": b"leadline: 1\nname: D\nquality: {a: " + b"(" * 5000 + b"true" + b")" * 5000 + b"}\n",
    "nested": b"[" * 20_000,
    "a tag": b"!!python/object/apply:os.system ['true']",
    "drop table": b'leadline: 1\nname: D\nquality: {a: "true; drop table leads"}\n',
    "a function": b"leadline: 1\nname: D\nquality: {a: \"read_csv('/etc/passwd') is null\"}\n",
    "not finite": b"leadline: 1\nname: D\nfit: {max: .inf, rules: [{id: a, when: true, points: .nan}]}\n",
    "a list": b"- 1\n",
    "markup": b"leadline: 1\nname: '[bold]x[/nope]'\n'[red]': 1\n",
    "escape codes": b'leadline: 1\nname: "\\e[31mred"\n"\\e[2J": 1\n',
}

HOSTILE_LEADS = {
    "empty": b"",
    "header alone": b"lead_id,country\n",
    "no lead_id": b"who,country\nana,DE\n",
    "nul": b"lead_id,country\nana,D\0E\n",
    "latin-1": "lead_id,country\nJörg,DE\n".encode("latin-1"),
    "utf-16": "lead_id,country\nana,DE\n".encode("utf-16"),
    "broken quoting": b'lead_id,country\nana,"DE\nben,FR\n',
    "a column twice": b"lead_id,country,country\nana,DE,FR\n",
    "ragged": b"lead_id,country\nana,DE,1,2,3\nben\n",
    "quotes": b'lead_id,country\n"\'; drop table leads; --",DE\n',
    "markup": b"lead_id,name,country\n[bold]x[/nope],[red]Ana,DE\n",
    "escape codes": b"lead_id,name,country\n\x1b[2Jana,\x1b]0;x\x07,DE\n",
    "binary": bytes(range(256)) * 20,
    "a long line": b"lead_id,country\n" + b"a" * (4 << 20) + b",DE\n",
}


@pytest.mark.parametrize("name", HOSTILE_MODELS)
def test_hostile_models_get_a_clear_error(leadline, tmp_path: Path, name: str) -> None:
    file = tmp_path / "model.yaml"
    file.write_bytes(HOSTILE_MODELS[name])
    ran = leadline("check", file)
    assert ran.code in (1, 3)
    assert "model.yaml:" in ran.err
    assert "\x1b[2J" not in ran.err
    assert leadline("check", file, "--json").json["problems"]
    assert leadline("qualify", file, "--leads", file).code == 3


@pytest.mark.parametrize("name", HOSTILE_LEADS)
def test_hostile_files_get_a_clear_error_or_a_finding(leadline, tmp_path: Path, name: str) -> None:
    files = written(tmp_path, pages=1)
    files.leads.write_bytes(HOSTILE_LEADS[name])
    line = ["qualify", files.model, "--leads", files.leads, "--events", files.events, "--as-of", TODAY]
    ran = leadline(*line)
    assert ran.code in (0, 3)
    assert ran.err.startswith("error: ") == (ran.code == 3)
    assert "\x1b" not in ran.out + ran.err
    found = leadline(*line, "--json").json
    assert ("error" in found) == (ran.code == 3)
    assert leadline("init", "--from", files.leads, "-o", tmp_path / "new.yaml").code in (0, 3)
    if (tmp_path / "new.yaml").exists():
        assert leadline("check", tmp_path / "new.yaml").code == 0


@pytest.mark.parametrize("file", ["none.csv", "none/none.csv", "*.nothing", "empty", "model.yaml", ""])
def test_data_that_is_not_there_is_told(leadline, tmp_path: Path, file: str) -> None:
    model = written(tmp_path, pages=0).model
    (tmp_path / "empty").mkdir()
    ran = leadline("qualify", model, "--leads", tmp_path / file if file else "")
    assert ran.code == 3
    assert ran.err.startswith("error: ")


@pytest.mark.parametrize(
    "line",
    [
        ["qualify", "model.yaml", "--as-of", "yesterday", "--leads", "x.csv"],
        ["replay", "model.yaml", "--every", "often", "--leads", "x.csv"],
        ["qualify", "model.yaml", "--engine", "abacus"],
        ["qualify"],
        ["qualifi"],
        ["sample"],
        ["check", "a", "b"],
    ],
)
def test_a_line_that_is_not_right_ends_with_2(leadline, line: list[str]) -> None:
    assert leadline(*line).code == 2


@pytest.mark.parametrize(
    "given", ["lead_id=x", "events.lead_id", "planets.lead_id=x", "leads.lead_id=nothing"]
)
def test_a_mapping_that_cannot_be_is_told(leadline, tmp_path: Path, given: str) -> None:
    files = written(tmp_path, pages=1)
    ran = leadline("qualify", files.model, "--leads", files.leads, "--map", given)
    assert ran.code == 3
    assert "mapping" in ran.err or "mapped" in ran.err or "no column" in ran.err


def test_a_fault_is_one_sentence_and_says_how_to_see_more(
    leadline, monkeypatch: pytest.MonkeyPatch, company
) -> None:
    def breaks(*_: object, **__: object) -> None:
        raise ZeroDivisionError("of ours")

    monkeypatch.setattr("leadline.model.read_model", breaks)
    ran = leadline("diff", company / "model.yaml", company / "model.yaml")
    assert ran.code == 70
    assert "LEADLINE_DEBUG=1" in ran.err


def test_ctrl_c_ends_quietly_with_130(leadline, monkeypatch: pytest.MonkeyPatch, company) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("leadline.model.read_model", interrupted)
    assert leadline("diff", company / "model.yaml", company / "model.yaml").code == 130


def test_a_reader_that_goes_away_is_no_error(company: Path) -> None:
    line = [*LEADLINE, "check", str(company / "model.yaml")]
    process = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout
    assert process.stderr
    process.stdout.close()
    err = process.stderr.read()
    process.stderr.close()
    assert process.wait() == 141
    assert err == b""


def test_colours_are_off_where_they_are_not_wanted(company: Path) -> None:
    def out(*options: str, **environment: str) -> bytes:
        clean = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "FORCE_COLOR", "COLUMNS")}
        line = [*LEADLINE, *options, "check", str(company / "model.yaml")]
        return subprocess.run(line, env=clean | environment, capture_output=True, check=True).stdout

    assert b"\x1b[1;38" in out(FORCE_COLOR="1", TERM="xterm-256color")
    assert b"\x1b[1;38" not in out(FORCE_COLOR="1", NO_COLOR="1", TERM="xterm-256color")
    assert b"\x1b[1;38" not in out("--no-color", FORCE_COLOR="1", TERM="xterm-256color")
    assert b"\x1b" not in out()


def test_help_comes_at_once_and_version_is_told(leadline) -> None:
    begin = time.perf_counter()
    subprocess.run([*LEADLINE, "--help"], capture_output=True, check=True)
    assert time.perf_counter() - begin < 3  # half a second on an idle machine
    assert leadline("--version").out.startswith("leadline 0.")
    modules = (
        "import sys, leadline.cli; print([m for m in ('duckdb', 'pyarrow', 'sqlglot') if m in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", modules], capture_output=True, check=True).stdout == b"[]\n"
