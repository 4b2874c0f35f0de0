"""Benchmarks: each is one command that makes records, and tables of records."""
