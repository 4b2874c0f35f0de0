"""Tests of the reductions of dense scores, against NumPy."""

import numpy as np
import tensorflow as tf

from mi_tf.scores import reductions
from mi_tf.scores.dense import dense_reductions
from mi_tf_test import test_util


class ReductionsTest(test_util.TestCase):
  def test_dense_reductions_are_those_of_numpy(self):
    rng = self.rng()
    logu, shift = rng.normal(size=(2, 3, 4)), rng.normal(size=(2, 3))
    random = rng.random((2, 3, 4)) < 0.4
    random[:, 0, 0] = True
    eye = np.broadcast_to(np.eye(3, 4, dtype=bool), (2, 3, 4))
    for mask, dense in ((None, eye), (random, random)):
      s = dense_reductions.DenseReductions(tf.constant(logu), mask)
      for over, kept in (('joint', dense), ('negative', ~dense)):
        for fn in (None, np.tanh):
          for row_shift in (None, shift):
            values = logu if row_shift is None else logu - shift[..., None]
            values = values if fn is None else fn(values)
            each = [v[k] for v, k in zip(values, kept)]
            args = over, fn and tf.tanh, row_shift
            mean, log_mean_exp = s.reduce(
              reductions.Mean(*args), reductions.LogMeanExp(*args)
            )
            self.assertAllClose(mean, [np.mean(v) for v in each])
            self.assertAllClose(
              log_mean_exp, [np.log(np.mean(np.exp(v))) for v in each]
            )
      log_share = logu - np.log(np.sum(np.exp(logu), -1, keepdims=True))
      self.assertAllClose(
        *s.reduce(reductions.LogSoftmax()),
        [np.mean(v[k]) for v, k in zip(log_share, dense)],
      )


if __name__ == '__main__':
  test_util.main()
