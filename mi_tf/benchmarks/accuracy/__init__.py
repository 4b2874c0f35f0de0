"""The accuracy benchmark: how far estimates are from the truth."""
