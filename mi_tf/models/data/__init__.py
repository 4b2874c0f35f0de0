"""Data of pairs: what users hold, checked and in batches."""
