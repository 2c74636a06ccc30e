"""Writing the first model: commented, checked clean, honest about what is a guess."""

from __future__ import annotations

from importlib import resources
from typing import Any

from leadline.model import read_model
from leadline.model.emit import scalar
from leadline.starter import guesses
from leadline.starter.behaviour import Behaviour, behaviour_of
from leadline.starter.people import People, people_of
from leadline.starter.profile import profile_of
from leadline.starter.sections import comment, fields_section, fit_section, intent_section, rest_sections

STARTER = "starter.yaml"


def starter_model(name: str | None = None) -> str:
    """The annotated model with BANT, ready to be changed."""
    text = (resources.files("leadline.starter") / STARTER).read_text(encoding="utf-8")
    return text if name is None else text.replace("name: Our leads", f"name: {scalar(name)}", 1)


def first_model(
    leads: Any, events: Any, mapping: list[str], name: str | None = None
) -> tuple[str, list[str], list[str]]:
    """A first model from somebody's own leads and events, each as `Facts.read` takes them.

    Gives its text, remarks for whoever asked, and the mappings that the files need. Raises FactsError where
    a file cannot be read.
    """
    people = people_of(profile_of(leads, "leads"), mapping) if leads is not None else People()
    of_events = [one for one in mapping if one.startswith("events.")]
    behaviour = behaviour_of(events, of_events) if events is not None else None
    found = [m for m in (*people.mappings, *(behaviour.mappings if behaviour else ())) if m not in mapping]
    lines = [
        *_head(people, behaviour, name, [*mapping, *found]),
        *fields_section(people),
        *fit_section(people),
        *(intent_section(behaviour) if behaviour else ()),
        *rest_sections(people, behaviour),
    ]
    text = "\n".join(lines) + "\n"
    read_model(text=text)
    return text, _remarks(people, behaviour), [*mapping, *found]


def _head(people: People, behaviour: Behaviour | None, name: str | None, mapping: list[str]) -> list[str]:
    sources = [
        f"{part.rows:,} {noun} of {part.label}"
        for part, noun in ((people if people.rows else None, "leads"), (behaviour, "events"))
        if part
    ]
    lines = [
        comment("# A first model, made from " + " and ".join(sources) + "."),
        "# Points and limits in it are guesses: nobody has told what a good lead is. Go through it,",
        "# marketing and sales together: `leadline check` tests it, `leadline qualify` applies it.",
    ]
    if mapping:
        lines.append(comment("# These files need: " + " ".join(f'--map "{one}"' for one in mapping)))
    zone = "timezone: UTC  # yours, such as Europe/Berlin: it says where a day begins"
    return [*lines, "leadline: 1", f"name: {scalar(name or 'First model')}", zone]


def _remarks(people: People, behaviour: Behaviour | None) -> list[str]:
    remarks = []
    if people.leaks:
        names = ", ".join(p.column for p in people.leaks)
        remarks.append(
            "left out, since sales may have filled it in after the fact, which would give the answer away: "
            + names
        )
    if people.constant:
        remarks.append(f"the same for everyone, so it tells nothing: {', '.join(people.constant)}")
    if behaviour and any(guesses.is_outcome(kind.event) for kind in behaviour.kinds):
        event = next(kind.event for kind in behaviour.kinds if guesses.is_outcome(kind.event))
        remarks.append(f"taken for the goal: the event {event}")
    remarks.append("points and limits are guesses to begin with: each says so, with the share it is about")
    return remarks
