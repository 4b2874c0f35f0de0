"""Densities: mutual information from log densities that are learned."""
