"""Pages of leads. They read facts, standings and sources together, and so stand above all three."""
