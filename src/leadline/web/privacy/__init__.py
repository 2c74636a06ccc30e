"""A person's data: shown, handed out, erased for good, and not kept longer than the team wants."""
