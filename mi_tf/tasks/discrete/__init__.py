"""Tasks of classes and counts, alone or with continuous parts."""
