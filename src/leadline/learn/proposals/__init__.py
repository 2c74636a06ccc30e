"""Better rules from outcomes: weights, half-lives, caps, thresholds, as a file that people can read."""

from leadline.learn.proposals.card import model_of
from leadline.learn.proposals.evidence import Evidence
from leadline.learn.proposals.propose import Proposal, propose
from leadline.learn.proposals.trial import Trial
from leadline.learn.proposals.wanted import Wanted
from leadline.learn.proposals.weights import Kept

__all__ = ["Evidence", "Kept", "Proposal", "Trial", "Wanted", "model_of", "propose"]
