"""How much is taken at once, and for how long it is kept."""

from leadline.web.instants import DAY

MOST_BYTES = 100 * 1024 * 1024
MOST_ROWS = 500_000
MOST_COLUMNS = 400  # each is a choice in the mapping's form
LONGEST_CELL = 10_000  # characters
MOST_UNPACKED = 400 * 1024 * 1024  # bytes of a workbook's parts
MOST_CELLS = 5_000_000  # of a workbook: it is held in memory as a whole
LONGEST_QUOTED = 1_000_000  # characters that one quoted cell may swallow before it is a fault
KEPT = 30 * DAY  # the file and its refused rows, after which they are removed

KINDS = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm")
