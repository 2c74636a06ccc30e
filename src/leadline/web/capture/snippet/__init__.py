"""The snippet that a site's pages load: as it is served, and a tag to know it by."""

from __future__ import annotations

from functools import cache
from hashlib import blake2b
from importlib import resources

MEDIA_TYPE = "text/javascript; charset=utf-8"


@cache
def source() -> bytes:
    """The script, ready to be served.

    >>> source().startswith(b"/* Leadline")
    True
    """
    return (resources.files(__package__) / "leadline.js").read_bytes()


@cache
def etag() -> str:
    """What changes when the script does, as the header `ETag` wants it: with its quotes."""
    return f'"{blake2b(source(), digest_size=8).hexdigest()}"'
