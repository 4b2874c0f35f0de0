"""Tests of the training of critics."""
