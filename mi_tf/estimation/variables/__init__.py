"""Variables: the columns of x and y, checked and encoded."""
