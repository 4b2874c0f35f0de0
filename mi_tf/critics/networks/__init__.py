"""Networks of one side of a pair, and of both."""
