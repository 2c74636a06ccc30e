"""What the facts say about a model: figures, each with its n, its period and, for a rate, its interval."""

from leadline.analysis.backtest import Backtest, backtest
from leadline.analysis.handoffs import hand_off_stage
from leadline.analysis.past import rep_reader

__all__ = ["Backtest", "backtest", "hand_off_stage", "rep_reader"]
