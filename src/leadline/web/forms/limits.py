"""How often a form may be sent: by one address, and by all together. Counted by each server process."""

from __future__ import annotations

import threading
import time
from ipaddress import ip_address

from leadline.web.capture.rates import Rates
from leadline.web.forms.models import Form

MINUTE = 60  # seconds

_rates = Rates(clock=lambda: time.monotonic() / MINUTE)
_turn = threading.Lock()


def seconds_to_wait(form: Form, address: str, *, purpose: str = "send") -> int:
    """0, and one submission is counted; or the seconds after which another may be sent.

    What an address sends beyond its own limit does not count towards the form's, which one alone could reach.
    """
    with _turn:
        own = _rates.wait(f"{purpose}:{form.pk}:{_neighbourhood(address)}", form.per_address)
        minutes = own or _rates.wait(f"{purpose}:{form.pk}", form.per_form)
    return minutes * MINUTE


def _neighbourhood(address: str) -> str:
    """Whom an address stands for: of IPv6 a household has a whole /64.

    >>> _neighbourhood("2001:db8::1") == _neighbourhood("2001:db8::2"), _neighbourhood("::ffff:192.0.2.1")
    (True, '192.0.2.1')
    """
    try:
        found = ip_address(address)
    except ValueError:
        return address
    found = getattr(found, "ipv4_mapped", None) or found
    return str(found) if found.version == 4 else found.exploded[:19]
