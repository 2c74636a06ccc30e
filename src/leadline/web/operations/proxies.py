"""Whose request it is, as far as the proxies in between are to be believed."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import ip_address, ip_network


class Proxies:
    """Proxies of ours, as addresses or networks such as 10.0.0.0/8.

    >>> Proxies(("10.0.0.0/8",)).nearest("10.0.0.1", "198.51.100.7, 203.0.113.9")
    '203.0.113.9'
    >>> Proxies(()).nearest("10.0.0.1", "198.51.100.7")
    '10.0.0.1'
    """

    def __init__(self, networks: tuple[str, ...]) -> None:
        self._networks = tuple(ip_network(each) for each in networks)
        self.trusts = lru_cache(4096)(self._trusts)

    def nearest(self, client: str, forwarded: str) -> str:
        """The nearest address that is not one of our proxies; `forwarded` is what X-Forwarded-For says."""
        if not self.trusts(client):
            return client
        nearest = client
        for each in reversed(forwarded.split(",")):
            given = each.strip()
            if not is_address(given):
                break
            nearest = given
            if not self.trusts(given):
                break
        return nearest

    def _trusts(self, address: str) -> bool:
        if not self._networks or not is_address(address):
            return False
        given = ip_address(address)
        return any(given in network for network in self._networks)


def is_address(given: str) -> bool:
    try:
        ip_address(given)
    except ValueError:
        return False
    return True
