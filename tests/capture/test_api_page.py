"""The reference page says what the API answers, and the counters say how often it did."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest
from capture_server import KEY, OFF_KEY, Place

from leadline.web.capture.answers import Refusal
from leadline.web.capture.app import create_app
from leadline.web.capture.options import CaptureSettings

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "reference" / "tracking-api.md").read_text(encoding="utf-8")
CAPTURE = ROOT / "src" / "leadline" / "web" / "capture"


def test_the_page_lists_every_code_of_an_error_and_no_other() -> None:
    answers = PAGE.partition("## Answers")[2].partition("\n## ")[0]
    rows = [line.split("|") for line in answers.splitlines() if re.match(r"\| \d", line)]
    told = {(int(row[1]), code) for row in rows for code in re.findall(r"`([a-z_]+)`", row[2])}
    source = "\n".join(path.read_text(encoding="utf-8") for path in CAPTURE.glob("*.py"))
    raised = {
        (int(status), code)
        for status, code in re.findall(r'(?:Refusal|refused)\(\s*(?:[\w.]+,\s*)?(\d{3}),\s*"(\w+)"', source)
    }
    raised |= {(503, "not_stored"), (503, "busy")}  # which of the two is known only when it is raised
    assert told == raised


def test_the_page_names_the_limits_as_they_are() -> None:
    settings = CaptureSettings("sqlite:///a", "sqlite:///b")
    sizes = (settings.most_compressed // 2**20, settings.most_body // 2**20, settings.most_message // 2**10)
    assert sizes == (1, 4, 32)
    assert "1 MiB compressed, 4 MiB plain" in PAGE
    assert f"| {settings.most_messages:,} |" in PAGE
    assert f"| {settings.body_timeout:g} seconds |" in PAGE


def test_who_was_let_in_and_who_was_not_is_counted(on_sqlite: Place) -> None:
    gateway = create_app(CaptureSettings(on_sqlite.database_url, on_sqlite.inbox_url)).state.gateway

    async def story() -> None:
        for key in ("nobody", "nobody", OFF_KEY):
            with pytest.raises(Refusal):
                await gateway.admit(key, "")
        admitted = await gateway.admit(KEY, "")
        await gateway.accept("track", admitted.source_id, b"{}", b"{}")
        await gateway.close()

    asyncio.run(story())
    assert gateway.counts.requests() == {("unknown", "unknown_write_key"): 2, ("off", "source_disabled"): 1}
    assert gateway.counts.registry.get_sample_value("leadline_capture_receipt_seconds_count") == 1
    assert gateway.counts.registry.get_sample_value("leadline_capture_bytes_total") == 2


def test_settings_that_cannot_be_are_named() -> None:
    with pytest.raises(ValueError, match="reject or accept_and_drop, got 'maybe'"):
        CaptureSettings("sqlite:///a", "sqlite:///b", unknown_key="maybe")
