"""Keras layers: of functions, built by loading, tried on symbolic inputs."""
