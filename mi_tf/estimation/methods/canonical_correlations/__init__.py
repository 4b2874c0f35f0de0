"""Wide tables: canonical correlations of many columns."""
