"""Readout: the number, its error and interval, bounds and tests."""
