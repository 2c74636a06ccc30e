"""Learning and predicting, beside bare LightGBM on the same matrix."""
