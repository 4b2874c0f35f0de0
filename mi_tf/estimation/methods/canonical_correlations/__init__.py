"""Canonical correlations of wide tables, from principal components."""
