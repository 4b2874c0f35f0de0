"""Tests of the private machinery."""
