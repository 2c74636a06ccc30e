"""A first model: from the columns and values that somebody has, or annotated and ready to be changed."""

from leadline.starter.first import first_model, starter_model

__all__ = ["first_model", "starter_model"]
