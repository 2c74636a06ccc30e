"""From JSON data to the parts of a predictor: each key by its kind, every problem with the way to it.

What the values mean together is checked when the predictor is built; here is only what a file could hold
in the place of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from leadline.model.errors import did_you_mean
from leadline.model.expr import Type
from leadline.model.predictor import Axis, Calibration, Input, Replica, Term
from leadline.model.shape import Field

_WORDS = {dict: "a mapping", list: "a list", str: "a text", int: "a whole number", float: "a number"}
HEAD = (
    "leadline_predictor",
    "hash",
    "name",
    "kind",
    "goal",
    "base",
    "calibration",
    "fields",
    "inputs",
    "terms",
)
REST = ("horizon", "model", "replicas", "about")
MISSING = object()
MAX_PROBLEMS = 200


class PredictorJson:
    """Reads on after a problem, so that all are told at once."""

    def __init__(self) -> None:
        self.problems: list[tuple[str, str]] = []

    def parts(self, content: dict[str, Any]) -> dict[str, Any]:
        """The arguments of :class:`Predictor`; to be used only where no problem was found."""
        try:
            return self._parts(content)
        except _EnoughError:
            return {}

    def _parts(self, content: dict[str, Any]) -> dict[str, Any]:
        given = self._mapping(content, "", HEAD, REST)
        self._is(given["hash"], str, "hash")
        texts = {key: self._is(given[key], str, key) for key in ("name", "kind", "goal")}
        maybe = {
            key: self._is(given[key], kind, key)
            for key, kind in (("horizon", int), ("model", str))
            if key in given
        }
        return {
            **texts, **maybe,
            "base": self._number(given["base"], "base"),
            "calibration": self._calibration(given["calibration"], "calibration"),
            "fields": self._each(given["fields"], "fields", self._field),
            "inputs": self._each(given["inputs"], "inputs", self._input),
            "terms": self._each(given["terms"], "terms", self._term),
            "replicas": self._each(given.get("replicas", []), "replicas", self._replica),
            "about": self._is(given.get("about", {}), dict, "about"),
        }  # fmt: skip

    # --- the parts -----------------------------------------------------------------------------------------

    def _field(self, value: Any, path: str) -> Field:
        given = self._mapping(value, path, ("name", "type"), ("label", "values", "ask", "column"))
        texts = {k: self._is(given[k], str, f"{path}.{k}") for k in ("label", "ask", "column") if k in given}
        values = self._each(given.get("values", []), f"{path}.values", lambda v, p: self._is(v, str, p))
        return Field(
            self._is(given["name"], str, f"{path}.name"), self._type(given, path), values=values, **texts
        )

    def _input(self, value: Any, path: str) -> Input:
        given = self._mapping(value, path, ("name", "type", "label"), ("expr", "signal", "part"))
        texts = {k: self._is(v, str, f"{path}.{k}") for k, v in given.items() if k != "type"}
        return Input(**texts, type=self._type(given, path))

    def _type(self, given: dict[str, Any], path: str) -> Type:
        text = self._is(given["type"], str, f"{path}.type")
        known = [str(t) for t in Type if t is not Type.NULL]
        if text in known:
            return Type(text)
        if text:
            hint = did_you_mean(text[:100], known) or f": it is one of {', '.join(known)}"
            self.problems.append((f"{path}.type", f"unknown type `{text[:100]}`{hint}"))
        return Type.NULL

    def _term(self, value: Any, path: str) -> Term:
        given = self._mapping(value, path, ("axes", "values"))
        axes = self._each(given["axes"], f"{path}.axes", self._axis)
        return Term(axes, self._numbers(given["values"], f"{path}.values"))

    def _axis(self, value: Any, path: str) -> Axis:
        given = self._mapping(value, path, ("input",), ("edges", "levels"))
        levels = self._each(given.get("levels", []), f"{path}.levels", lambda v, p: self._is(v, str, p))
        name = self._is(given["input"], str, f"{path}.input")
        return Axis(name, self._numbers(given.get("edges", []), f"{path}.edges"), levels)

    def _calibration(self, value: Any, path: str) -> Calibration:
        given = self._mapping(value, path, ("x", "y"))
        return Calibration(*(self._numbers(given[key], f"{path}.{key}") for key in ("x", "y")))

    def _replica(self, value: Any, path: str) -> Replica:
        given = self._mapping(value, path, ("base", "values", "calibration"))
        values = self._each(given["values"], f"{path}.values", self._numbers)
        calibration = self._calibration(given["calibration"], f"{path}.calibration")
        return Replica(self._number(given["base"], f"{path}.base"), values, calibration)

    # --- kinds of values: something harmless where the kind is another, which was reported -----------------

    def _is(self, value: Any, kind: type, path: str) -> Any:
        if type(value) is kind:
            return value
        if value is not MISSING:
            self._tell(path, f"expected {_WORDS[kind]}, got {_described(value)}")
        return kind()

    def _mapping(
        self, value: Any, path: str, needed: tuple[str, ...], more: tuple[str, ...] = ()
    ) -> dict[str, Any]:
        """The known keys of a mapping; those that are needed and missing too, with nothing."""
        given = self._is(value, dict, path)
        known = (*needed, *more)
        for key in given.keys() - {*known}:
            hint = did_you_mean(key[:100], [k for k in known if k not in given])
            hint = hint or f": it takes {', '.join(known)}"
            self._tell(_way(path, key[:100]), f"unknown key{hint}")
        for key in needed:
            if key not in given and given is value:
                self._tell(_way(path, key), "this key is needed, and missing")
        return {**dict.fromkeys(needed, MISSING), **{key: given[key] for key in known if key in given}}

    def _each(self, value: Any, path: str, read: Callable[[Any, str], Any]) -> tuple[Any, ...]:
        return tuple(read(item, f"{path}[{i}]") for i, item in enumerate(self._is(value, list, path)))

    def _numbers(self, value: Any, path: str) -> tuple[float, ...]:
        return self._each(value, path, self._number)

    def _number(self, value: Any, path: str) -> float:
        if type(value) in (float, int):
            try:
                return float(value)
            except OverflowError:
                value = "a number beyond all bounds"
        if value is not MISSING:
            self._tell(path, f"expected a number, got {_described(value)}")
        return 0.0

    def _tell(self, path: str, message: str) -> None:
        self.problems.append((path, message))
        if len(self.problems) >= MAX_PROBLEMS:
            raise _EnoughError


class _EnoughError(Exception):
    """So much is wrong that the rest is not looked at."""


def _way(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _described(value: Any) -> str:
    match value:
        case None:
            return "nothing"
        case bool():
            return str(value).lower()
        case dict() | list():
            return _WORDS[type(value)]
    return repr(value)[:60]
