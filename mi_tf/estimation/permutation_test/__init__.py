"""A permutation test of independence: rows, features, statistics, p-value."""
