"""Methods: the ways to a log density ratio, one module each."""
