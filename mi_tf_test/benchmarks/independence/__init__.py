"""Tests of the independence benchmark."""
