"""Tasks of three or more variables."""
