"""Tests of the readout."""
