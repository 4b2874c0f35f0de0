"""Elliptical distributions: which one, its folds, and its value."""
