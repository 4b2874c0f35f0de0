"""Tasks made from other tasks."""
