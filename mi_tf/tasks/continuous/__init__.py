"""Tasks of continuous variables."""
