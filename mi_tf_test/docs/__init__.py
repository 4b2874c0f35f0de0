"""Tests that run what is told: docstrings, README.md and the notebooks."""
