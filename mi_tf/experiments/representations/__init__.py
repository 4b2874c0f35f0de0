"""Experiments that learn representations."""
