"""Reductions of scores that are held all at once."""
