"""Private machinery: argument checks, numerics, reductions of scores."""
