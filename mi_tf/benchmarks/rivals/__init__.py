"""The rivals of mi_tf in benchmarks."""
