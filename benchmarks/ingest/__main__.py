"""Events a second acknowledged on disk, beside the same server with nothing behind it, and the raw database.

    python -m benchmarks.ingest [--seconds 10] [--database postgresql://…]

Server and sender share the machine. All runs follow one another, in turns.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.ingest.messages import BATCH, KEY, batch_body, single_body
from benchmarks.machine import described
from leadline.web.capture.stores import Row, store_for

CONNECTIONS = {"singles": 64, "batches": 16}
AT_ONCE = {"singles": 64, "batches": 16}  # rows of a raw transaction: as many as may wait together
PER_REQUEST = {"singles": 1, "batches": BATCH}
META = b'{"ip": "127.0.0.1", "ua": "analytics-python/2.4.0", "key_id": 1}'


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ingest", description=__doc__)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--port", type=int, default=8791)
    parser.add_argument("--database", default="", help="postgresql://…; SQLite where this is not given")
    given = parser.parse_args()
    results: dict[str, list[dict[str, Any]]] = {}
    loads = [os.getloadavg()[0]]
    for _ in range(given.repeat):
        for what in ("singles", "batches"):
            for how, run in (("bare", bare), ("stored", stored), ("raw", raw)):
                results.setdefault(f"{what}, {how}", []).append(run(what, given))
                loads.append(os.getloadavg()[0])
    print(report(results, given, loads))


def stored(what: str, given: argparse.Namespace) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        prepare(Path(folder))
        url = given.database or f"sqlite:///{folder}/inbox.sqlite3"
        empty(url)
        environment = {"LEADLINE_DATA": folder, "LEADLINE_INBOX": url, "LEADLINE_PORT": str(given.port)}
        with server("benchmarks.ingest.serving", environment, given.port) as cost:
            result = sender(what, given)
        store = store_for(url)()
        kept = store.count()
        store.close()
        assert kept == result["requests"], f"{result['requests']} receipts and {kept} rows"
        return result | cost


def bare(what: str, given: argparse.Namespace) -> dict[str, Any]:
    environment = {"LEADLINE_BARE": "1", "LEADLINE_PORT": str(given.port)}
    with server("benchmarks.ingest.serving", environment, given.port) as cost:
        result = sender(what, given)
    return result | cost


def raw(what: str, given: argparse.Namespace) -> dict[str, Any]:
    """The same rows into the same table, as many to a transaction as may wait together, with no server."""
    with tempfile.TemporaryDirectory() as folder:
        url = given.database or f"sqlite:///{folder}/inbox.sqlite3"
        empty(url)
        body = single_body if what == "singles" else batch_body
        rows = [Row(1, 1_790_000_000_000_000 + n, "batch", body(n), META) for n in range(AT_ONCE[what])]
        store, times = store_for(url)(), []
        begun, cost = time.perf_counter(), os.times()
        while time.perf_counter() - begun < given.seconds:
            at = time.perf_counter()
            store.write(rows)
            times.append(time.perf_counter() - at)
        seconds, after = time.perf_counter() - begun, os.times()
        store.close()
        times.sort()
        return {
            "requests": len(times) * len(rows), "seconds": seconds, "number bad": 0, "cpu": 0.0,
            "p50": times[len(times) // 2], "p99": times[int(len(times) * 0.99)],
            "server cpu": after.user + after.system - cost.user - cost.system,
        }  # fmt: skip


def prepare(folder: Path) -> None:
    """The tables of sources and keys, with one key without a limit."""
    db = sqlite3.connect(folder / "leadline.sqlite3")
    db.execute("PRAGMA journal_mode = WAL")
    db.execute(
        "CREATE TABLE capture_source (id INTEGER PRIMARY KEY, slug TEXT, name TEXT, kind TEXT, trusted BOOL,"
        " enabled BOOL, allowed_origins TEXT, rate_per_second INT, consent_category TEXT, respect_gpc BOOL)"
    )
    db.execute(
        "CREATE TABLE capture_writekey"
        " (id INTEGER PRIMARY KEY, source_id INT, key TEXT UNIQUE, revoked_at BIGINT, created_at BIGINT)"
    )
    db.execute("INSERT INTO capture_source VALUES (1, 'bench', 'Bench', 'server', 1, 1, '[]', 0, '', 1)")
    db.execute("INSERT INTO capture_writekey VALUES (1, 1, ?, NULL, 0)", (KEY,))
    db.commit()
    db.close()


def empty(url: str) -> None:
    store = store_for(url)()
    while items := store.peek(10_000, 0):
        store.delete([item.id for item in items])
    store.close()


@contextmanager
def server(module: str, environment: dict[str, str], port: int) -> Iterator[dict[str, float]]:
    """A server as a process of its own; what it cost in CPU seconds is known afterwards."""
    cost: dict[str, float] = {}
    process = subprocess.Popen(
        [sys.executable, "-m", module], env=os.environ | environment, stdout=subprocess.DEVNULL
    )
    try:
        _until_open(port, process)
        yield cost
    finally:
        process.send_signal(signal.SIGTERM)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        cost["server cpu"] = usage.ru_utime + usage.ru_stime


def _until_open(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(200):
        if process.poll() is not None:
            raise RuntimeError("the server ended before it began")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            time.sleep(0.5)
            return
    raise RuntimeError("the server did not begin within ten seconds")


def sender(what: str, given: argparse.Namespace) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.ingest.client"]
    options = [str(given.port), what, str(CONNECTIONS[what]), str(given.seconds)]
    run = subprocess.run([*command, *options], capture_output=True, text=True, check=True)
    result = json.loads(run.stdout.splitlines()[-1])
    assert not result["number bad"], result["bad"]
    return result


def report(
    results: dict[str, list[dict[str, Any]]], given: argparse.Namespace, loads: Sequence[float]
) -> str:
    where = "PostgreSQL" if given.database else "SQLite"
    lines = [
        f"{described()}, granian {version('granian')}; load {min(loads):.1f} to {max(loads):.1f}.", "",
        f"{where}, {given.repeat} turns of {given.seconds:g} s, medians; sender on the same machine.", "",
        "| run | events/s | from – to | p50 ms | p99 ms | server CPU µs/request | sender CPU µs/request |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]  # fmt: skip
    rates = {name: _rates(name, runs) for name, runs in results.items()}
    for name, runs in results.items():
        rate = rates[name]
        server_cpu = median(run["server cpu"] / run["requests"] for run in runs) * 1e6
        sender_cpu = median(run["cpu"] / run["requests"] for run in runs) * 1e6
        p50, p99 = (median(run[which] for run in runs) * 1e3 for which in ("p50", "p99"))
        lines.append(
            f"| {name} | {median(rate):,.0f} | {min(rate):,.0f} – {max(rate):,.0f} | {p50:.1f} | {p99:.1f} "
            f"| {server_cpu:.0f} | {sender_cpu:.0f} |"
        )
    rate = {name: median(values) for name, values in rates.items()}
    lines += ["", "| ratio | is | aim |", "|---|---:|---:|"]
    lines.append(f"| singles stored / bare | {rate['singles, stored'] / rate['singles, bare']:.2f} | 0.50 |")
    lines.append(f"| batches stored / raw | {rate['batches, stored'] / rate['batches, raw']:.2f} | 0.60 |")
    cpu = {
        name: median(run["server cpu"] / run["requests"] for run in runs) for name, runs in results.items()
    }
    by_cpu = cpu["singles, bare"] / cpu["singles, stored"]
    lines.append(f"| singles, CPU of the server: bare / stored | {by_cpu:.2f} | |")
    lines.append(f"| singles stored a second | {rate['singles, stored']:,.0f} | 3,000 |")
    return "\n".join(lines)


def _rates(name: str, runs: list[dict[str, Any]]) -> list[float]:
    return [run["requests"] / run["seconds"] * PER_REQUEST[name.split(",")[0]] for run in runs]


if __name__ == "__main__":
    main()
