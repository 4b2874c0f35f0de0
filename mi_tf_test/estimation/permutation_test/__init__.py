"""Tests of the permutation test of independence."""
