"""Benchmarks: each is one command, and its tables are made from records."""
