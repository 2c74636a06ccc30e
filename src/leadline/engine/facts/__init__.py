"""Reading facts: from what people have to canonical leads, traits and events."""

from leadline.engine.facts.bind import Column
from leadline.engine.facts.errors import FactsError
from leadline.engine.facts.facts import Facts
from leadline.engine.facts.finding import Finding

__all__ = ["Column", "Facts", "FactsError", "Finding"]
