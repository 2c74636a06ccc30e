"""Companies: people by domain, target accounts, the buying group, and when a company is qualified."""
