"""Whatever is given for a model: a clear error, soon, and never a traceback."""

import time
from pathlib import Path

import pytest

from leadline.model import ModelError, read_model

HEAD = "leadline: 1\nname: Test\n"
LAUGHS = "a: &a [x, x]\n" + "".join(f"a{i}: &a{i} [*a, *a, *a, *a, *a, *a, *a, *a, *a]\n" for i in range(9))

HOSTILE = {
    "empty": ("", "the file is empty"),
    "white space": (" \n\n", "the file is empty"),
    "comments alone": ("# a model\n# to come\n", "the file is empty"),
    "nothing": ("null\n", "a model is a mapping"),
    "a list": ("- leadline: 1\n", "not a list"),
    "a text": ("leadline\n", "not the text 'leadline'"),
    "a bomb of aliases": (HEAD + LAUGHS, "anchors are not read: take &a out"),
    "an alias": (HEAD + "fit: *x\n", "aliases are not read"),
    "a merge key": (HEAD + "fit: {<<: {min: 0}}\n", "merge keys (<<) are not read"),
    "a Python object": (HEAD + "fit: !!python/object/apply:os.system [id]\n", "tags are not read"),
    "a tag": (HEAD + "timezone: !!str UTC\n", "tags are not read: take !!str out"),
    "two documents": (HEAD + "---\n" + HEAD, "a second document starts here"),
    "another YAML": ("%YAML 1.1\n---\n" + HEAD, "models are YAML 1.2"),
    "deep lists": (HEAD + "fit: " + "[" * 50_000, "cannot be read as YAML|nests deeper|not YAML"),
    "deep lists over lines": (HEAD + "fit: " + "[\n " * 50_000, "nests deeper|not YAML"),
    "deep mappings": (HEAD + "\n".join(" " * i + "a:" for i in range(600)), "nests deeper than 16 levels"),
    "deep flow mappings": (HEAD + "{a: " * 50_000, "not YAML"),
    "keys that are lists": (HEAD + "? [a]\n: 1\n", "a key is a word"),
    "braces without quotes": (HEAD + "name2: {{ name }}\n", "a key is a word"),
    "a NUL": (HEAD + "fit: \0\n", "a NUL character cannot stand in a model"),
    "a NUL in an escape": (HEAD + 'timezone: "a\\0b"\n', "a character that no text has"),
    "half a character": (HEAD + 'timezone: "\\ud800"\n', "a character that no text has"),
    "half a character in a text": (HEAD + "timezone: \ud800\n", "U\\+D800 cannot stand in a model"),
    "a tab": (HEAD + "fit:\n\tmin: 1\n", "a tab cannot indent YAML"),
    "two colons": (HEAD + "timezone: a: b\n", "a `:` that YAML does not expect here"),
    "an open quote": (HEAD + 'timezone: "UTC\n', "a quote is not closed"),
    "an open bracket": (HEAD + "fields: {a: text\n", "not YAML|closing bracket"),
    "an odd start": (HEAD + "timezone: @a\n", "a text that starts with @ needs quotes"),
    "an empty key": (HEAD + ": 1\n", "a key is missing before the colon"),
    "a number without end": (HEAD + "fit: {min: " + "9" * 10_000 + "}\n", "expected a finite number"),
    "a hexadecimal without end": (HEAD + "fit: {min: 0x" + "f" * 10_000 + "}\n", "expected a finite number"),
    "a long key": (HEAD + "k" * 1000 + ": 1\n", "unknown key `k"),
    "many keys": (
        HEAD + "".join(f"k{i}: 1\n" for i in range(20_000)),
        "only the first 200 problems are told",
    ),
    "many doubles": (HEAD + "fields:\n" + "  a: text\n" * 20_000, "only the first 200 problems are told"),
    "a long condition": (
        HEAD + "quality: {a: '" + "fit = 1 or " * 20_000 + "true'}",
        "at most 20,000 are read",
    ),
    "a deep condition": (
        HEAD + "quality: {a: '" + "(" * 5_000 + "1" + ")" * 5_000 + "'}",
        "nests deeper than 32",
    ),
    "a condition of nots": (HEAD + "quality: {a: '" + "not " * 4_000 + "true'}", "nests deeper than 32"),
    "too large": (HEAD + "#" * 300_000, "larger than 256 KiB"),
    "10 MB": (HEAD + "a: b\n" * 2_000_000, "larger than 256 KiB"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_gives_a_clear_error_soon(name: str) -> None:
    text, message = HOSTILE[name]
    started = time.process_time()
    with pytest.raises(ModelError, match=message.replace("(<<)", r"\(<<\)")):
        read_model(text=text)
    assert time.process_time() - started < 10


FILES = {
    "latin-1": (HEAD.encode() + "timezone: M\xfcnchen\n".encode("latin-1"), 3, 12, "byte 0xFC is not UTF-8"),
    "utf-16": ((HEAD).encode("utf-16"), 1, 1, "the file is UTF-16: save it as UTF-8"),
    "binary": (b"\x89PNG\r\n\x1a\n\0\0", 1, 1, "byte 0x89 is not UTF-8"),
    "10 MB": (b"a: b\n" * 2_000_000, 1, 1, "larger than 256 KiB"),
}


@pytest.mark.parametrize("name", FILES)
def test_files_that_are_not_text_are_told_so(name: str, tmp_path: Path) -> None:
    raw, line, column, message = FILES[name]
    file = tmp_path / "model.yaml"
    file.write_bytes(raw)
    with pytest.raises(ModelError) as caught:
        read_model(file)
    problem = caught.value.problems[0]
    assert (problem.line, problem.column) == (line, column)
    assert message in problem.message


def test_a_file_that_is_not_there_is_told_so(tmp_path: Path) -> None:
    for path, message in ((tmp_path / "none.yaml", "there is no such file"), (tmp_path, "this is a folder")):
        with pytest.raises(ModelError, match=message):
            read_model(path)
    with pytest.raises(ModelError, match="cannot be read"):
        read_model("a\0b")


def test_nothing_is_written_to_the_log(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(ModelError):
        read_model(text=HEAD + "quality: {a: if = 1, b: show = 1, c: execute = 2, d: 'set x = 1'}\n")
    assert capfd.readouterr() == ("", "")
    assert caplog.records == []


@pytest.mark.parametrize(
    ("condition", "offset"),
    [("a >= 1 --2", 7), ("--a > 1", 0), ("a = 5 - --3", 8), ("a > 1 /* x */", 6), ("{# x #} a > 1", 0)],
)
def test_a_condition_holds_no_comment_that_would_be_passed_over(condition: str, offset: int) -> None:
    before = 'fit: {rules: [{id: r, when: "'
    text = HEAD + "fields: {a: number}\n" + before + condition + '", points: 1}]}\n'
    with pytest.raises(
        ModelError, match="begins a comment in SQL, and what follows would not be read"
    ) as told:
        read_model(text=text)
    assert [p.column for p in told.value.problems] == [len(before) + offset + 1]


@pytest.mark.parametrize("text", ["--", "/* x", "{#", "it''s --"])
def test_two_signs_in_a_text_are_a_text(text: str) -> None:
    rule = f"""fit: {{rules: [{{id: r, when: "t = '{text}'", points: 1}}]}}\n"""
    assert read_model(text=HEAD + "fields: {t: text}\n" + rule).fit.rules
