"""Tasks made from other tasks: maps of each variable, and products."""
