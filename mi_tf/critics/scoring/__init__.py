"""How critics of every kind are called: on all pairs, on some, or in blocks."""
