"""What the tests of imports share: somebody at a desk with files, and the worker beside them."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pages_cast import Page, look, signed_in
from web_cast import MODEL, Clock

from leadline.web.accounts.models import User
from leadline.web.dump import dump
from leadline.web.importing.files import folder_of
from leadline.web.importing.models import Import
from leadline.web.jobs.running import Runner
from leadline.web.leads.facts import facts_of
from leadline.web.leads.models import Lead
from leadline.web.qualification.programs import always, create_program, publish
from leadline.web.rebuild import rebuild


class Desk:
    """Ana imports, and a worker does what she starts."""

    def __init__(self, clock: Clock, capture: Any) -> None:
        self.clock, self.capture = clock, capture
        self.browser = signed_in()
        self.runner = Runner(clock)

    def send(self, content: str | bytes, name: str = "people.csv") -> Any:
        data = content.encode() if isinstance(content, str) else content
        return self.browser.post("/imports/new", {"file": SimpleUploadedFile(name, data)})

    def upload(self, content: str | bytes, name: str = "people.csv", *, read: bool = True) -> Import:
        answer = self.send(content, name)
        assert answer.status_code == 302, answer.content.decode()
        if read:
            self.work()
        return Import.objects.order_by("-at").get(pk=answer["Location"].rpartition("/")[2])

    def work(self) -> None:
        with self.capture(execute=True):
            self.runner.drain()

    def look(self, of: Import) -> Page:
        return look(self.browser, f"/imports/{of.pk}")

    def match(self, of: Import, columns: list[str] | None = None, **more: str) -> Any:
        targets = of.mapping["columns"] if columns is None else columns
        said = {f"column-{i}": target for i, target in enumerate(targets)}
        rest = {"dates": of.mapping["dates"], "zone": "UTC", "overwrite": "yes"}
        return self.browser.post(f"/imports/{of.pk}/mapping", {**said, **rest, **more})

    def preview(self, of: Import, columns: list[str] | None = None, **more: str) -> Page:
        answer = self.match(of, columns, **more)
        assert answer.status_code == 302, answer.content.decode()
        self.work()
        of.refresh_from_db()
        return self.look(of)

    def counts(self, of: Import) -> dict[str, int]:
        of.refresh_from_db()
        return {end: n for end, n in of.preview["counts"].items() if n}

    def press(self, of: Import, button: str) -> Import:
        assert self.browser.post(f"/imports/{of.pk}/{button}").status_code == 302
        self.work()
        of.refresh_from_db()
        return of

    def run(self, of: Import) -> Import:
        return self.press(of, "run")

    def imported(self, content: str | bytes, name: str = "people.csv") -> Import:
        of = self.upload(content, name)
        self.preview(of)
        return self.run(of)

    def discard(self, of: Import) -> None:
        with self.capture(execute=True):
            self.browser.post(f"/imports/{of.pk}/discard")

    def person(self, role: str, scope: str = "all") -> Client:
        browser = Client()
        made = User.objects.create_user(f"{role}-{scope}@example.com", role=role, scope=scope)
        browser.force_login(made)
        return browser

    def folder(self, of: Import) -> Path:
        return folder_of(of.pk)

    def latest(self, email: str, field: str) -> str | None:
        lead = Lead.objects.get(email=email)
        traits = facts_of([lead.id])[lead.id].traits
        return next((t["value"] for t in reversed(traits) if t["field"] == field), None)

    def publish(self, field: str) -> None:
        text = MODEL.replace("  email: text\n", f"  email: text\n  {field}\n")
        made = create_program(slug="trial", name="Trial", at=0)
        publish(program=made, text=text, by="Ana", at=0, holds_from=always())

    def dump(self) -> str:
        """The whole workspace as text, but for the sources: an import has one of its own."""
        out = io.StringIO()
        dump(self.clock(), out)
        return "".join(line for line in out.getvalue().splitlines(True) if not line.startswith("source"))

    def facts(self) -> str:
        return "".join(
            line for line in self.dump().splitlines(True) if line.startswith(("lead ", "standing", "judged"))
        )

    def rebuilt(self) -> str:
        rebuild(at=self.clock())
        return self.dump()
