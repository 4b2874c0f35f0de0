"""XLA for other devices: exported programs, and ops that a TPU refuses."""
