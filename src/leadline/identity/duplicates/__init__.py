"""Proposes pairs of rows that may be one person, with probability and reasons; joins nothing."""

from leadline.identity.duplicates.columns import KINDS, Columns, ColumnsError
from leadline.identity.duplicates.find import THRESHOLD, Duplicates, find_duplicates

__all__ = ["KINDS", "THRESHOLD", "Columns", "ColumnsError", "Duplicates", "find_duplicates"]
