"""Scores of a batch whose rows lie on the replicas of a strategy."""
