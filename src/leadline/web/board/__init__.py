"""The board: one row a lead in columns, so that any filter, sort and count over all leads takes no time."""
