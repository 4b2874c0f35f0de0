"""Experiments on the bias and variance of bounds."""
