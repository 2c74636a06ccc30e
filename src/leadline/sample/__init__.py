"""An example company with a known truth behind it: to try things on, to teach with, to measure against."""

from leadline.sample.company import Company, Written, make_company, write_company

__all__ = ["Company", "Written", "make_company", "write_company"]
