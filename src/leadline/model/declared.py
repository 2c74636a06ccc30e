"""What a model reads: fields of a lead and properties of an event, declared with their types."""

from __future__ import annotations

from leadline.model.expr import Type
from leadline.model.names import is_usable
from leadline.model.section import Section, one_of, text_of_node
from leadline.model.shape import BUILT_IN_PROPERTIES, Field, Property
from leadline.model.tree import Listing, Mapping, Node, Scalar, described

PROPERTY_KEYS = ("type", "label", "column")
FIELD_KEYS = ("type", "label", "values", "ask", "column")
TYPES = ("text", "number", "boolean", "time")
_TYPE_ALIASES = {
    **dict.fromkeys(("string", "str", "varchar", "category", "enum", "choice"), "text"),
    **dict.fromkeys(("int", "integer", "float", "double", "decimal", "numeric", "currency"), "number"),
    **dict.fromkeys(("bool", "flag", "checkbox"), "boolean"),
    **dict.fromkeys(("date", "datetime", "timestamp"), "time"),
}
_NOT_PROPERTIES = ("event_id", "lead_id", "event", "occurred_at", "void", "until", "properties")


def fields_of(top: Section) -> tuple[Field, ...]:
    found = []
    for name, at, node in top.entries("fields", "employees: number"):
        path = f"fields.{name}"
        section = _declared(top, name, at, node, path, "a field", FIELD_KEYS)
        if name == "lead_id":
            top.report.at(at.start, "`lead_id` says whose the facts are and is not a field", path)
        type_ = _type(top, node, section, path)
        values = _values(section, type_) if section else ()
        label, ask, column = (section.text(k) if section else None for k in ("label", "ask", "column"))
        found.append(Field(name, type_, label, values, ask, column))
    return tuple(found)


def properties_of(top: Section) -> tuple[Property, ...]:
    found = []
    for name, at, node in top.entries("properties", "amount: number"):
        path = f"properties.{name}"
        section = _declared(top, name, at, node, path, "an event property", PROPERTY_KEYS)
        type_ = _type(top, node, section, path)
        if name in _NOT_PROPERTIES:
            top.report.at(
                at.start, f"`{name}` is a column that every event has; no property can be called that", path
            )
        if name in BUILT_IN_PROPERTIES and type_ not in (Type.TEXT, Type.NULL):
            top.report.at(node.start, f"`{name}` is built in and a text; it cannot be a {type_}", path)
        label, column = (section.text(k) if section else None for k in ("label", "column"))
        found.append(Property(name, type_, label, column))
    return tuple(found)


def _declared(
    top: Section, name: str, at: Scalar, node: Node, path: str, noun: str, keys: tuple[str, ...]
) -> Section | None:
    if top.named(at, name, noun.split()[-1]) and not is_usable(name):
        message = f"`{name}` is a word of SQL: use another name, with `column: {name}` for the data"
        top.report.at(at.start, message, path)
    return (
        Section(node, top.report, path, f"{noun} (`{name[:100]}`)", keys)
        if isinstance(node, Mapping)
        else None
    )


def _type(top: Section, node: Node, section: Section | None, path: str) -> Type:
    """The declared type; null, which goes with everything, where it was reported."""
    if section:
        section.require("type")
        node = section.get("type") or node
        if node is section.node:
            return Type.NULL
    given = node.value if isinstance(node, Scalar) else None
    if given in TYPES:
        return Type(str(given))
    if isinstance(given, str):
        alias = _TYPE_ALIASES.get(given.lower())
        hint = f"; did you mean `{alias}`?" if alias else one_of(given, TYPES)
        top.report.at(node.start, f"unknown type `{given[:100]}`{hint}", path)
    else:
        top.report.at(node.start, f"expected a type ({', '.join(TYPES)}), got {described(node)}", path)
    return Type.NULL


def _values(section: Section, type_: Type) -> tuple[str, ...]:
    node = section.get("values")
    if node is None:
        return ()
    if not isinstance(node, Listing) or not node.items:
        given = "an empty list" if isinstance(node, Listing) else described(node)
        section.problem(
            node, f"values: expected a list of texts such as [small, large], got {given}", "values"
        )
        return ()
    if type_ not in (Type.TEXT, Type.NULL):
        section.problem(node, f"values: only a text field lists its values, and this is a {type_}", "values")
        return ()
    found: dict[str, None] = {}
    for item in node.items:
        text = text_of_node(item, section.report, "values: ", section.way("values"))
        if text in found:
            section.report.at(item.start, f"values: {text!r} stands twice", section.way("values"))
        if text is not None:
            found[text] = None
    return tuple(found)
