"""A predictor from the little table that a spec has of it."""

from __future__ import annotations

from specs import Table

from leadline.model.expr import Type
from leadline.model.predictor import Axis, Calibration, Input, Predictor, Term
from leadline.model.predictor_scope import tree_of
from leadline.model.shape import Model

PARTS = {"points of": "points", "events of": "events"}


def predictor_of(table: Table, model: Model) -> Predictor:
    """Rows are inputs, each with its bins and the log-odds that these add; `a and b` is a pair of inputs."""
    base, calibration = 0.0, Calibration()
    inputs: dict[str, Input] = {}
    axes: dict[str, Axis] = {}
    terms: list[Term] = []
    for row in table.rows:
        name, bins, adds = str(row["input"]), _list(row["bins"]), tuple(map(float, _list(row["adds"])))
        if name == "base":
            (base,) = adds
        elif name == "calibration":
            calibration = Calibration(tuple(map(float, bins)), adds)
        elif " and " in name:
            terms.append(Term(tuple(axes[part] for part in name.split(" and ")), adds))
        else:
            inputs[name] = _input(name, str(row["reads"]), model)
            is_text = inputs[name].type is Type.TEXT
            axes[name] = Axis(name, levels=tuple(bins)) if is_text else Axis(name, tuple(map(float, bins)))
            terms += [Term((axes[name],), adds)] if adds else []
    return Predictor(
        "Spec", "additive", "the goal", model.fields, tuple(inputs.values()), tuple(terms), base, calibration,
        model=model.version,
    )  # fmt: skip


def _input(name: str, reads: str, model: Model) -> Input:
    for words, part in PARTS.items():
        if reads.startswith(words):
            signal = reads.removeprefix(words).strip()
            return Input(name, Type.NUMBER, name, signal=signal, part=part)
    type_ = tree_of(reads, model.fields, [c.name for c in model.criteria]).type
    return Input(name, type_, name, expr=reads)


def _list(cell: str | None) -> list[str]:
    return [part.strip() for part in cell.split(",")] if cell else []
