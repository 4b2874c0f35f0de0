"""Constants and corrections, chosen on tasks that no table shows."""
