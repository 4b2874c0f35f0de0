"""Tests that run the examples of docstrings, README.md and notebooks."""
