"""How critics of every kind are called: on all pairs, some, or by blocks."""
