"""Tests of bad inputs: each ends in an answer or a one-sentence error."""
