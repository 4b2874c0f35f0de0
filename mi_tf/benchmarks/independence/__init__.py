"""The independence benchmark: uniformity of p-values, and power."""
