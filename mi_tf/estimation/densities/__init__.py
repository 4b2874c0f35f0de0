"""Densities: mutual information from learned log densities."""
