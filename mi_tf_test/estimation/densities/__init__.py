"""Tests of densities."""
