"""Results: a number in nats, its errors, and how notebooks show it."""

from mi_tf.results.mi_estimate import MiEstimate

__all__ = ['MiEstimate']
