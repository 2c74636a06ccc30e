"""Where everybody lands: what wants doing now, and the numbers that moved."""
