"""Training: how `fit` makes many updates, on one device or several."""
