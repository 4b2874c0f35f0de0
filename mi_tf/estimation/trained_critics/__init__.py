"""Critics that users ask for, trained and read."""
