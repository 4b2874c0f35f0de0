"""Estimates that no critic made, for the tests of what shows them."""

import numpy as np

import mi_tf


def estimate(rng, **kwargs):
  """Returns a `MiEstimate` of 300 samples."""
  fields = dict(
    mi=0.5,
    stderr=0.1,
    interval=(0.29, 0.71),
    lower_bound=0.25,
    pointwise=rng.normal(size=300) + 0.5,
    indices=np.arange(300),
    num_samples=300,
    guarantee='none',
    diagnostics={},
    history={'loss': [1.5, 1.25, 1.125], 'val_loss': [1.75, 1.5, 1.625]},
    marginal_scores=rng.normal(size=500) - 2.0,
  )
  return mi_tf.MiEstimate(**{**fields, **kwargs})
