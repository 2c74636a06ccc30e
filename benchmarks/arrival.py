"""From arrival to stage change, with many leads already there.

    python -m benchmarks.arrival [--leads 100000] [--rate 200] [--seconds 60]

Fills a workspace (SQLite) with the example company once, publishes its model, lets the worker judge
everyone, then runs `leadline serve` and sends single events over HTTP at a steady rate. One in ten asks
for a demo, which makes a lead that is none yet an MQL; what is measured is the time from sending it until
its stage change can be read from the database, which is polled every 10 ms.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq

DATA = Path("build/benchmark/arrival")
PORT = 18999
SENDERS = 8
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36"


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--leads", type=int, default=100_000)
    arguments.add_argument("--rate", type=int, default=200)
    arguments.add_argument("--seconds", type=int, default=60)
    asked = arguments.parse_args()
    folder = (DATA / str(asked.leads)).absolute()
    os.environ |= {
        "LEADLINE_DATA": str(folder), "LEADLINE_PORT": str(PORT), "LEADLINE_LOG_LEVEL": "WARNING",
        "DJANGO_SETTINGS_MODULE": "leadline.web.settings",
    }  # fmt: skip
    import django

    django.setup()
    prepare(folder, asked.leads)
    measure(asked.rate, asked.seconds)


def prepare(folder: Path, leads: int) -> None:
    """Fill the workspace, once."""
    from django.db import transaction

    from leadline.sample import write_company
    from leadline.web import demo, serve
    from leadline.web.capture.installed import the_inbox
    from leadline.web.capture.models import Source, WriteKey
    from leadline.web.instants import now
    from leadline.web.leads.facts import facts_of
    from leadline.web.leads.store import append
    from leadline.web.leads.summary import summarise
    from leadline.web.qualification.programs import create_program, publish
    from leadline.web.worker import Message, Worker

    done = folder / "prepared"
    if done.exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    serve.migrate()
    began = time.process_time()
    written = write_company(folder / "company", leads, format="parquet")
    crm = Source.objects.create(slug="example", name="Example", kind=Source.SERVER, trusted=True)
    site = Source.objects.create(slug="site", name="Site")
    WriteKey.objects.create(source=site, key="arrival", created_at=0)
    facts = 0
    for table, read in (("leads", demo.profiles), ("traits", demo.answers), ("events", demo.events)):
        for batch in _batches(written.paths[table]):
            with transaction.atomic():
                appended = append([Message(crm.id, fact, crm.trusted) for fact in read(batch)])
                if table == "leads":
                    summarise(facts_of(appended.since))
            facts += len(batch)
    told(f"{facts:,} facts stored in {time.process_time() - began:.0f} CPU s")
    began = time.process_time()
    program = create_program(slug="arrival", name="Arrival", at=now())
    publish(program=program, text=written.paths["model"].read_text(), by="benchmark", at=now())
    Worker(the_inbox()).drain()
    told(f"{leads:,} leads judged in {time.process_time() - began:.0f} CPU s")
    done.touch()


def _batches(path: Path) -> Iterator[list[dict]]:
    files = sorted(path.glob("*.parquet")) if path.is_dir() else [path]
    for file in files:
        for batch in pq.ParquetFile(file).iter_batches(5_000):
            yield batch.to_pylist()


def measure(rate: int, seconds: int) -> None:
    from leadline.web.qualification.models import StageChange, Standing

    random.seed(1)
    calm = list(
        Standing.objects.filter(stage="lead", since=None, fit__gte=25).values_list("lead_id", flat=True)
    )
    random.shuffle(calm)
    names = dict(_subjects())
    known = list(names.values())
    server = subprocess.Popen([Path(sys.executable).with_name("leadline"), "serve"])
    try:
        _until_up()
        sent: dict[int, float] = {}
        answers: list[float] = []
        jobs = [(i, calm.pop() if i % 10 == 0 and calm else None) for i in range(rate * seconds)]
        begin = time.monotonic() + 1
        threads = [
            threading.Thread(target=_send, args=(jobs[n::SENDERS], begin, rate, names, known, sent, answers))
            for n in range(SENDERS)
        ]
        for thread in threads:
            thread.start()
        seen: dict[int, float] = {}
        last = StageChange.objects.order_by("-changed_at").values_list("changed_at", flat=True).first() or 0
        wanted = sum(lead is not None for _, lead in jobs)
        while len(seen) < wanted and time.monotonic() < begin + seconds + 60:
            for lead, _ in StageChange.objects.filter(changed_at__gt=last, after="mql").values_list(
                "lead_id", "changed_at"
            ):
                if lead in sent and lead not in seen:
                    seen[lead] = time.monotonic()
            time.sleep(0.01)
        for thread in threads:
            thread.join()
    finally:
        server.terminate()
        server.wait(20)
    took = sorted(seen[lead] - sent[lead] for lead in seen)
    told(f"{rate} events a second for {seconds} s; load {os.getloadavg()[0]:.1f}")
    told(f"receipts: p50 {_at(answers, 0.5) * 1000:.1f} ms, p99 {_at(answers, 0.99) * 1000:.1f} ms")
    told(f"stage changes seen: {len(took)} of {wanted}")
    told(f"arrival to stage change: p50 {_at(took, 0.5):.2f} s, p99 {_at(took, 0.99):.2f} s")


def _send(jobs: list, begin: float, rate: int, names: dict, known: list, sent: dict, answers: list) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=30)
    for number, lead in jobs:
        time.sleep(max(0.0, begin + number / rate - time.monotonic()))
        user = names[lead] if lead is not None else random.choice(known)
        event = (
            {"type": "track", "event": "form", "properties": {"name": "demo"}}
            if lead is not None
            else {"type": "page", "properties": {"path": random.choice(["/", "/pricing", "/blog/a"])}}
        )
        body = json.dumps({**event, "userId": user, "messageId": f"{begin}-{number}", "writeKey": "arrival"})
        now = time.monotonic()
        if lead is not None:
            sent[lead] = now
        connection.request("POST", f"/v1/{event['type']}", body, {"User-Agent": CHROME})
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise SystemExit(f"refused: {answer.status}")
        answers.append(time.monotonic() - now)


def _subjects() -> Iterator[tuple[int, str]]:
    from leadline.web.leads.models import Subject

    return Subject.objects.filter(kind=Subject.USER).values_list("id", "value").iterator()


def _until_up() -> None:
    for _ in range(300):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=1)
            connection.request("GET", "/healthz")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the server did not come up")


def _at(values: list[float], part: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]


def told(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    main()
