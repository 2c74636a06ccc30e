"""Where `qualify` spends its CPU: each call and each step of the plan by itself."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.company import AS_OF, Files


def steps_of(files: Files, threads: int) -> list[tuple[str, float]]:
    """(what, CPU seconds) in order. Views cost nothing: their work is that of the steps that read them."""
    from leadline.engine import assess
    from leadline.engine.duckdb import DuckDBEngine
    from leadline.engine.facts import Facts
    from leadline.model import read_model

    found: list[tuple[str, float]] = []

    @contextmanager
    def clocked(what: str) -> Iterator[None]:
        begun = time.process_time()
        yield
        found.append((what, time.process_time() - begun))

    class Clocked(DuckDBEngine):
        def _run(self, step, made):
            with clocked(step.name):
                super()._run(step, made)

        def _count(self, at, made):
            with clocked("events counted, in all"):
                return super()._count(at, made)

        def _fetch(self, step):
            with clocked(step.name):
                return super()._fetch(step)

    with clocked("model"):
        model = read_model(files.model.read_text())
    with clocked("binding the files"):
        facts = Facts.read(model, leads=files.leads, traits=files.traits, events=files.events)
        facts.connection.execute(f"SET threads = {threads}")
    with clocked("ids that stand twice"):
        facts.has_duplicate_events()
    with clocked("rows of those ids"):
        engine = Clocked(model, facts)
    measures, ledger = engine.measures(None, assess.instants_of(None, AS_OF))
    with clocked("lifecycle, order, columns"):
        result = assess.Assessments(assess.finished(model, measures), assess.with_instants(ledger))
    with clocked("ledger in order"):
        from leadline.cli.results import in_order

        in_order(result.ledger, "lead_id", "as_of", "part", "rule")
    with clocked("findings (the command alone)"):
        facts.findings()
    return found
