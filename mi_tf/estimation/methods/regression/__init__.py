"""Regressions with a location and a scale, and entropies of residuals."""
