"""What a qualification model means: read, check, canonical form, version, difference. Knows no engine."""

from leadline.model.errors import ModelError, Problem
from leadline.model.read import read_model
from leadline.model.shape import Model

__all__ = ["Model", "ModelError", "Problem", "read_model"]
