"""Kills, long runs, other versions, rounding: each a command with a record."""
