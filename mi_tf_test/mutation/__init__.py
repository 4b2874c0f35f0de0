"""Mutation testing: lines are changed, and tests should notice."""
