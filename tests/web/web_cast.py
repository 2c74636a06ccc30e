"""What the workspace's tests share: a model, an instant to begin with, a browser."""

from datetime import UTC, datetime

MODEL = """
leadline: 1
name: Trial
fields:
  seniority: text
  email: text
fit:
  rules:
    - {id: decides, label: Decides, when: "seniority = 'vp'", points: 30}
intent:
  signals:
    - {id: pricing, label: Viewed pricing, event: page, where: "path = '/pricing'", points: 10,
       half_life: 10d}
    - {id: demo, label: Asked for a demo, event: form, where: "name = 'demo'", points: 40, hand_raise: true}
quality:
  good: fit >= 30 and intent >= 10
  bad: true
lifecycle:
  stages:
    - {stage: lead}
    - {stage: mql, enter: quality = 'good' or hand_raised, leave: intent < 5}
    - {stage: customer, event: deal_won}
"""
START = datetime(2026, 6, 1, 12, tzinfo=UTC)
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36"


def micros(at: datetime) -> int:
    return int(at.timestamp()) * 1_000_000 + at.microsecond


class Clock:
    """A clock that stands still until it is turned."""

    def __init__(self) -> None:
        self.at = START

    def __call__(self) -> int:
        return micros(self.at)
