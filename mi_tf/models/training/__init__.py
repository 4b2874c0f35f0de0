"""Training: the loop of `fit` on one device, and updates of weights."""
