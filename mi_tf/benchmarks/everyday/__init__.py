"""The everyday benchmark: data of everyday kinds with a known truth."""
