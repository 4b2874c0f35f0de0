"""Critics that users choose, trained and read."""
