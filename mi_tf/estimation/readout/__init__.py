"""Readout: errors, bounds and tests of what methods say of held-out rows."""
