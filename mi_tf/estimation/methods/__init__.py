"""Methods: estimators of a log density ratio, one module each."""
