"""A predictor as a file of JSON: written in one way only, read strictly, refused where it was changed."""

from __future__ import annotations

import hashlib
import json
import os
import re
from pathlib import Path
from typing import Any

from leadline.model.canonical import number
from leadline.model.errors import PredictorError
from leadline.model.predictor import FORMAT, Calibration, Predictor
from leadline.model.predictor_json import PredictorJson

MAX_BYTES = 20_000_000
WRITTEN = "it was changed after it was written, so nobody knows what it would say: train or fetch it again"


def read_predictor(source: str | os.PathLike[str]) -> Predictor:
    """Read a predictor from its file, or from a text that begins with a brace.

    Raises :class:`PredictorError` with everything that is wrong, each with the way to it.
    """
    is_text = isinstance(source, str) and source.lstrip().startswith("{")
    file = "<text>" if is_text else os.fspath(source)
    content = _content(_bytes_of(source, is_text, file), file)
    given = PredictorJson()
    parts = given.parts(content)
    if given.problems:
        raise PredictorError(file, given.problems)
    try:
        predictor = Predictor(**parts)
    except PredictorError as error:
        raise PredictorError(file, error.problems) from None
    if content["hash"] != _digest(predictor):
        raise PredictorError(file, [("hash", f"the hash does not agree with the content: {WRITTEN}")])
    return predictor


def write_predictor(predictor: Predictor) -> str:
    """The text of a predictor's file: a line a part, so that it can be read and diffed.

    Raises :class:`PredictorError` where it is larger than what is read again.
    """
    head = {"leadline_predictor": FORMAT, "hash": _digest(predictor)}
    lines = [_line(key, value) for key, value in {**head, **_canonical(predictor)}.items()]
    text = "{\n" + ",\n".join(lines) + "\n}\n"
    if len(text.encode()) > MAX_BYTES:
        told = f"the file would have {len(text.encode()):,} bytes; at most {MAX_BYTES:,} are read: "
        told += "keep fewer replicas"
        raise PredictorError("predictor", [("", told)])
    return text


def predictor_version(predictor: Predictor) -> str:
    """The first 12 hex digits of the SHA-256 of the canonical form."""
    return _digest(predictor)[:12]


def _digest(predictor: Predictor) -> str:
    text = json.dumps(_canonical(predictor), sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _bytes_of(source: str | os.PathLike[str], is_text: bool, file: str) -> bytes:
    if is_text:
        content = str(source).encode("utf-8", "surrogatepass")
    else:
        try:
            with Path(source).open("rb") as opened:
                content = opened.read(MAX_BYTES + 1)
        except OSError as error:
            told = (
                f"the file cannot be read ({error.strerror or error}): name one that `leadline learn` wrote"
            )
            raise PredictorError(file, [("", told)]) from None
    if len(content) > MAX_BYTES:
        raise PredictorError(
            file, [("", f"the file is larger than {MAX_BYTES:,} bytes, the most that is read")]
        )
    return content


def _content(content: bytes, file: str) -> dict[str, Any]:
    try:
        found = json.loads(content.decode("utf-8"), object_pairs_hook=_once, parse_constant=_refused)
    except UnicodeDecodeError:
        told = "this is not UTF-8 text: a predictor is a file of JSON, as `leadline learn` writes it"
        raise PredictorError(file, [("", told)]) from None
    except (ValueError, RecursionError) as error:
        told = "nested too deep" if isinstance(error, RecursionError) else str(error)[:200]
        told = f"this is not JSON as `leadline learn` writes it ({told}): train or fetch the predictor again"
        raise PredictorError(file, [("", told)]) from None
    if not isinstance(found, dict) or "leadline_predictor" not in found:
        told = "this is no predictor: its file begins with `leadline_predictor`; `leadline learn` writes one"
        raise PredictorError(file, [("", told)])
    if found["leadline_predictor"] != FORMAT or isinstance(found["leadline_predictor"], bool):
        told = (
            f"this version reads format {FORMAT}, got {str(found['leadline_predictor'])[:40]}: train it again"
        )
        raise PredictorError(file, [("leadline_predictor", told)])
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [key for key, _ in pairs]
        raise ValueError(f"the key `{next(n for n in names if names.count(n) > 1)[:100]}` stands twice")
    return found


def _refused(constant: str) -> None:
    raise ValueError(f"{constant} is not a number of JSON")


# --- the canonical form ------------------------------------------------------------------------------------


def _canonical(predictor: Predictor) -> dict[str, Any]:
    """Everything that a predictor says, as JSON data; what is not said is left out."""
    terms = [
        {"axes": [_axis(a) for a in term.axes], "values": [number(v) for v in term.values]}
        for term in predictor.terms
    ]
    replicas = [
        {
            "base": number(r.base),
            "calibration": _calibration(r.calibration),
            "values": [[number(v) for v in values] for values in r.values],
        }
        for r in predictor.replicas
    ]
    head = {key: getattr(predictor, key) for key in ("name", "kind", "goal", "horizon", "model")}
    return {
        **_said(head),
        "fields": [
            _said({**vars(f), "type": str(f.type), "values": list(f.values)}) for f in predictor.fields
        ],
        "inputs": [_said({**vars(i), "type": str(i.type)}) for i in predictor.inputs],
        "base": number(predictor.base),
        "calibration": _calibration(predictor.calibration),
        "terms": terms,
        "replicas": replicas,
        "about": dict(predictor.about),
    }


def _axis(axis: Any) -> dict[str, Any]:
    edges = [number(edge) for edge in axis.edges]
    return _said({"input": axis.input, "edges": edges, "levels": list(axis.levels)})


def _calibration(given: Calibration) -> dict[str, Any]:
    return {"x": [number(x) for x in given.x], "y": [number(y) for y in given.y]}


def _said(values: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value not in (None, [])}


def _line(key: str, value: Any) -> str:
    """A key on a line of its own; of a list or mapping each item on one."""

    def plain(value: Any) -> str:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
        return re.sub("[\x7f-\x9f\u2028\u2029]", lambda c: f"\\u{ord(c[0]):04x}", text)

    if isinstance(value, list) and value:
        items = ",\n".join(f"    {plain(item)}" for item in value)
        return f"  {plain(key)}: [\n{items}\n  ]"
    if key == "about" and value:
        items = ",\n".join(f"    {plain(k)}: {plain(v)}" for k, v in value.items())
        return f"  {plain(key)}: {{\n{items}\n  }}"
    return f"  {plain(key)}: {plain(value)}"
