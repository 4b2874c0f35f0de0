"""Experiments with GANs that keep information about their noise."""
