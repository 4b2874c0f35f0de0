"""Tests of the sources with a known mutual information."""
