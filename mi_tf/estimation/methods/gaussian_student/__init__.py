"""Gaussian and Student distributions: choice, folds and information."""
