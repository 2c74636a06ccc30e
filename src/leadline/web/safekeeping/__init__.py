"""Copies of a whole workspace: made while it runs, checked, and put back so that nothing happens twice."""

from leadline.web.safekeeping.copies import CopyWrongError, Manifest, back_up, verify
from leadline.web.safekeeping.erased import read_erased, write_erased
from leadline.web.safekeeping.restoring import restore

__all__ = ["CopyWrongError", "Manifest", "back_up", "read_erased", "restore", "verify", "write_erased"]
