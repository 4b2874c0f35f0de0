"""Tools for Keras layers: layers of functions, symbolic calls, loading."""
