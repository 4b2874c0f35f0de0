"""Tests of functions of arrays that are traced once."""

import numpy as np
import tensorflow as tf

from mi_tf.internal import tracing
from mi_tf_test import test_util


class TracingTest(test_util.TestCase):
  def test_traced_functions_are_traced_once(self):
    rows = self.rng().normal(size=(6, 3)).astype(np.float32)
    traces = []

    @tracing.traced([tracing.batch_spec(rows)])
    def total(x):
      traces.append(x.shape)
      return tf.reduce_sum(x)

    for n in (2, 5, 6):
      self.assertAllClose(total(rows[:n]), rows[:n].sum(), rtol=1e-5)
    self.assertEqual([s.as_list() for s in traces], [[None, 3]])


if __name__ == '__main__':
  test_util.main()
