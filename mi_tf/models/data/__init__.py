"""Data of pairs: its checks, conversion to arrays, and batches."""
