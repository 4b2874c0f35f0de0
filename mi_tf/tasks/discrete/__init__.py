"""Tasks of classes and counts, and of mixed variables."""
