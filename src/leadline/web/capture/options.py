"""What an installation decides for capture."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_network
from typing import Literal

KIB = 1024
MIB = 1024 * 1024


@dataclass(frozen=True)
class CaptureSettings:
    """Where capture reads keys and writes the inbox, whom it believes, and how much it takes.

    `public_url` is the address that browsers reach this server by (empty: as the request says).
    `trusted_proxies` are addresses or networks whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed.
    `analytics_js` is a file of Segment's browser client to serve to pages with Segment's own snippet.
    Sizes in bytes, times in seconds.
    """

    database_url: str
    inbox_url: str
    unknown_key: Literal["reject", "accept_and_drop"] = "reject"
    trusted_proxies: tuple[str, ...] = ()
    public_url: str = ""
    analytics_js: str = ""
    most_compressed: int = 1 * MIB
    most_body: int = 4 * MIB
    most_message: int = 32 * KIB
    most_messages: int = 2500
    most_reading: int = 256 * MIB  # bodies that are on their way in, all together
    body_timeout: float = 30
    receipt_timeout: float = 10

    def __post_init__(self) -> None:
        if self.unknown_key not in ("reject", "accept_and_drop"):
            raise ValueError(f"unknown_key is reject or accept_and_drop, got {self.unknown_key!r}")
        for each in self.trusted_proxies:
            ip_network(each)
