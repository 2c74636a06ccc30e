"""Who was erased stays erased: facts from before do not come back, whoever sends them again.

What they do themselves afterwards, on a page or in a form, is new; what a server, a list or a restored copy
says of them is not, whenever it is said.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterable, Mapping

from leadline.web.leads.models import SealingKey, Tombstone
from leadline.web.leads.rows import chunks

Name = tuple[str, str]
"""A subject as it arrives: kind (`user`, `email`, `anon`) and value."""


def sealing_key() -> bytes:
    """The key of this database's seals, made where there is none."""
    made, _ = SealingKey.objects.get_or_create(id=1, defaults={"key": secrets.token_hex(32)})
    return bytes.fromhex(made.key)


def seal(key: bytes, name: Name) -> str:
    """What stands for somebody in the list of the erased.

    >>> len(seal(b"k", ("email", "ana@example.com")))
    64
    """
    return hmac.new(key, f"{name[0]}:{name[1]}".encode("utf-8", "surrogatepass"), "sha256").hexdigest()


def bury(names: Iterable[Name], at: int) -> list[str]:
    """Remember that these were erased; gives their seals. A later erasure of the same takes the place."""
    key = sealing_key()
    seals = sorted({seal(key, name) for name in names})
    Tombstone.objects.bulk_create(
        [Tombstone(seal=s, at=at) for s in seals],
        update_conflicts=True, unique_fields=["seal"], update_fields=["at"],
    )  # fmt: skip
    return seals


def erased_at(names: Iterable[Name]) -> Mapping[Name, int]:
    """Those of these who were erased, and when. Costs one small question where nobody ever was."""
    if not Tombstone.objects.exists():
        return {}
    key = sealing_key()
    by_seal = {seal(key, name): name for name in set(names)}
    found: dict[Name, int] = {}
    for some in chunks(list(by_seal)):
        rows = Tombstone.objects.filter(seal__in=some).values_list("seal", "at")
        found.update((by_seal[s], at) for s, at in rows)
    return found
