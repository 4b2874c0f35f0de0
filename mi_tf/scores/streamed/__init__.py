"""Scores that are made block by block, and never held all at once."""
