"""Tests of the methods of estimation."""
