"""Variables: what the columns of x and y are."""
