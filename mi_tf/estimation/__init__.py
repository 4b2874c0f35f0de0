"""Estimation: from two arrays to nats and an interval."""
