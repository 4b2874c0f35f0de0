"""Tables of counts: levels of their sides, and log-linear models."""
