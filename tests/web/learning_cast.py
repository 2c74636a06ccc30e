"""What the tests of learning share: a company whose deals follow from who somebody is."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

from leadline.web.qualification.models import Program
from leadline.web.qualification.programs import always, create_program, publish

RULES = """
leadline: 1
name: Deals
fields:
  seniority: text
  employees: number
  email: text
properties: {amount: number}
fit:
  rules:
    - {id: decides, label: Decides, when: "seniority = 'vp'", points: 30}
intent:
  signals:
    - {id: pricing, label: Viewed pricing, event: page, where: "path = '/pricing'", points: 10,
       half_life: 10d}
quality:
  good: fit >= 30 and intent >= 10
  bad: true
lifecycle:
  stages:
    - {stage: lead}
    - {stage: mql, enter: intent >= 5}
    - {stage: customer, event: deal_won}
goal: {event: deal_won, value: amount, horizon: 30d}
"""


def rules_program() -> Program:
    made = create_program(slug="deals", name="Deals", at=0)
    publish(program=made, text=RULES, by="Ana", at=0, holds_from=always())
    return made


def company(send: Any, server: Any, clock: Any, worker: Any, *, leads: int, seed: int = 1) -> None:
    """Leads over ten weeks, of whom those who decide buy four times as often; the last are still open."""
    draw, begin = random.Random(seed), clock.at
    clock.at += timedelta(hours=10 * leads, days=40)
    for n in range(leads):
        decides = draw.random() < 0.5
        user, at = f"u{n}", begin + timedelta(hours=10 * n)
        traits = {"seniority": "vp" if decides else "staff", "employees": str(draw.choice([5, 80, 700]))}
        send(server, "identify", userId=user, at=at, traits=traits | {"email": f"{user}@firm{n}.example"})
        send(server, "page", userId=user, at=at + timedelta(minutes=1), properties={"path": "/pricing"})
        if draw.random() < (0.8 if decides else 0.15):
            won = at + timedelta(hours=10)
            send(server, "track", userId=user, event="deal_won", at=won, properties={"amount": 1000 + n})
    worker.drain()
