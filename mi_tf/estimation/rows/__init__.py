"""Rows: which ones count, how much, and which are held out together."""
