"""The calibration of intervals: constants from tasks that no table shows."""
