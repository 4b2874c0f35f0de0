"""Rules that every bound, layer and model keeps; what is left out fails."""
