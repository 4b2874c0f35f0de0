"""The speed benchmark: ratios of times within one run."""
