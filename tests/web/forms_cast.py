"""What the tests of forms share: a model that asks, a form of it, and a reader of pages."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

from django.test import Client

from leadline.web.forms.actions import create_form
from leadline.web.forms.models import Form
from leadline.web.qualification.models import Program
from leadline.web.qualification.programs import always, create_program, publish

ASKING = """
leadline: 1
name: Asking
fields:
  email: text
  employees: {type: number, label: Employees, ask: "How many people work at your company?"}
  pain: {type: text, ask: "What would you like to be different?"}
  timeframe: {type: text, ask: "By when do you need it?", values: [now, quarter, year, someday]}
  is_customer: {type: boolean, label: Already a customer}
  start: {type: time, label: First day}
  role: {type: text, label: Role, values: [decides, influences, researches, pays, uses, other]}
fit:
  rules: [{id: size, when: employees >= 50, points: 30}]
intent:
  signals: [{id: demo, event: form, where: "name = 'demo'", points: 40, hand_raise: true}]
quality: {good: fit >= 30, bad: true}
"""
OURS = "http://testserver"
SITE = "https://www.example.com"


def asking_program() -> Program:
    program = create_program(slug="asking", name="Asking", at=0)
    publish(program=program, text=ASKING, by="Ana", at=0, holds_from=always())
    return program


def demo_form(program: Program, *asked: str, required: tuple[str, ...] = ("email",), **more: Any) -> Form:
    """A published form without a least time, so that tests need not wait."""
    form = create_form(slug="demo", name="Book a demo", program=program)
    form.questions = [
        {"name": name, "required": name in required} for name in asked or ("email", "employees", "pain")
    ]
    for name, value in {"published": True, "least_seconds": 0, **more}.items():
        setattr(form, name, value)
    form.save()
    return form


class Page(HTMLParser):
    """What stands in a page: its fields with their values, the names that are asked, all its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.html, self.fields, self.kinds, self.words = html, {}, {}, []
        self._textarea = ""
        self.feed(html)

    @property
    def asked(self) -> list[str]:
        return [name for name, kind in self.kinds.items() if not name.startswith("ll_") and kind != "hidden"]

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def filled(self, **answers: str) -> dict[str, str]:
        return {name: value for name, value in self.fields.items() if value} | answers

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name = given.get("name") or ""
        if tag in ("input", "select", "textarea") and name:
            self.kinds[name] = given.get("type") or tag
            value = given.get("value") or ""
            if given.get("type") not in ("radio", "checkbox"):
                self.fields[name] = value
            elif "checked" in given:
                self.fields[name] = value or "on"
        if tag == "textarea":
            self._textarea = name

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._textarea = ""

    def handle_data(self, data: str) -> None:
        self.words.append(data)
        if self._textarea:
            self.fields[self._textarea] = (self.fields.get(self._textarea, "") + data).strip()


def opened(client: Client, path: str = "/f/demo") -> Page:
    answer = client.get(path)
    assert answer.status_code == 200, answer.content
    return Page(answer.content.decode())
