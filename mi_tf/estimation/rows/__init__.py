"""Rows: duplicates, weights, and splits into folds."""
