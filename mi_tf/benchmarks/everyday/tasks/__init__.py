"""Everyday data, and its mutual information."""
