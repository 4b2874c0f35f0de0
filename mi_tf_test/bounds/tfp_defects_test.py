"""Tests of right answers where TensorFlow Probability 0.25 has none.

Each defect was seen in `tfp.vi.mutual_information`; each test shows what this
package does instead, and takes its truth from TFP where TFP has it.
"""

from absl.testing import parameterized
import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf_test import test_util
from mi_tf_test.bounds import contract
from mi_tf_test.bounds import oracle
from mi_tf_test.bounds import populations
from mi_tf_test.bounds import tfp_reference

_ON_PAIRS = (
  'lower_bound_info_nce',
  'lower_bound_jensen_shannon',
  'lower_bound_nguyen_wainwright_jordan',
)


class TfpDefectsTest(test_util.TestCase):
  @classmethod
  def setUpClass(cls):
    super().setUpClass()
    cls.tfp = tfp_reference.mutual_information()

  def loop(self, name, logu, masks):
    """Returns TFP's values, matrix by matrix."""
    return [
      getattr(self.tfp, name)(tf.constant(matrix), mask)
      for matrix, mask in zip(logu, masks)
    ]

  @parameterized.parameters(*_ON_PAIRS)
  def test_masks_of_a_batch_give_one_value_per_matrix(self, name):
    logu = contract.random_scores(self.rng('logu'), (3, 4, 4))
    masks = np.array([np.eye(4, dtype=bool)[[1, 3, 0, 2]]] * 3)
    masks[1] = np.eye(4, dtype=bool)
    value = getattr(mi_tf, name)(logu, masks)
    self.assertEqual(value.shape, [3])
    self.assertAllClose(
      value, self.loop(name, logu, masks), rtol=1e-6, atol=1e-6
    )

  @parameterized.parameters(*_ON_PAIRS)
  def test_one_mask_broadcasts_over_a_batch(self, name):
    logu = contract.random_scores(self.rng('logu'), (3, 4, 4))
    mask = np.eye(4, dtype=bool)[[1, 3, 0, 2]]
    self.assertAllClose(
      getattr(mi_tf, name)(logu, mask),
      self.loop(name, logu, [mask] * 3),
      rtol=1e-6,
      atol=1e-6,
    )

  @parameterized.product(name=_ON_PAIRS, validate_args=(False, True))
  def test_a_partial_last_batch_can_be_traced(self, name, validate_args):
    graph = tf.function(
      lambda logu: getattr(mi_tf, name)(logu, validate_args=validate_args),
      input_signature=[tf.TensorSpec([None, None], tf.float64)],
    )
    masked = tf.function(
      lambda logu, mask: getattr(mi_tf, name)(
        logu, mask, validate_args=validate_args
      ),
      input_signature=[
        tf.TensorSpec([None, None], tf.float64),
        tf.TensorSpec([None, None], tf.bool),
      ],
    )
    for n in (6, 3):
      logu = tf.constant(contract.random_scores(self.rng(n), (n, n)))
      expected = getattr(self.tfp, name)(logu)
      self.assertAllClose(graph(logu), expected, rtol=1e-6, atol=1e-6)
      self.assertAllClose(
        masked(logu, tf.eye(n, dtype=tf.bool)), expected, rtol=1e-6, atol=1e-6
      )

  @parameterized.product(name=_ON_PAIRS, dtype=('float16', 'bfloat16'))
  def test_half_precision_counts_past_65504(self, name, dtype):
    dtype = tf.as_dtype(dtype)
    logu = tf.cast(contract.random_scores(self.rng(), (1024, 1024), 1.5), dtype)
    self.assertEqual(getattr(mi_tf, name)(logu).dtype, dtype)
    expected = getattr(self.tfp, name)(tf.cast(logu, tf.float64))
    for mask in (None, np.eye(1024, dtype=bool)):
      self.assertAllClose(
        tf.cast(getattr(mi_tf, name)(logu, mask), tf.float64),
        expected,
        rtol=2.0**-11 if dtype == tf.float16 else 2.0**-8,
        atol=1e-5,
      )

  @parameterized.parameters(*_ON_PAIRS)
  def test_one_pair_is_an_error_and_not_nan(self, name):
    with self.assertRaisesRegex(
      ValueError, '`logu` must hold at least one negative pair'
    ):
      getattr(mi_tf, name)(tf.ones([1, 1]))

  @parameterized.parameters(*_ON_PAIRS)
  def test_one_off_diagonal_score_of_200_is_finite(self, name):
    scores = contract.random_scores(self.rng(), (5, 5)).astype(np.float32)
    scores[1, 3] = 200.0
    logu = tf.constant(scores)
    with tf.GradientTape() as tape:
      tape.watch(logu)
      value = getattr(mi_tf, name)(logu)
    self.assertAllFinite(value)
    self.assertAllFinite(tape.gradient(value, logu))
    # It is the same in double precision, where exp(200) is a number.
    if name != 'lower_bound_nguyen_wainwright_jordan':
      self.assertAllClose(
        value, np.float64(getattr(oracle, name)(scores)), rtol=1e-5
      )
    self.assertAllClose(
      getattr(mi_tf, name)(scores.astype(np.float64)),
      np.float64(getattr(oracle, name)(scores)),
      rtol=1e-10,
    )

  @parameterized.parameters(*_ON_PAIRS)
  def test_mask_of_integers_is_one_of_bools_and_not_minus_one(self, name):
    logu = contract.random_scores(self.rng('logu'), (3, 3))
    expected = getattr(self.tfp, name)(tf.constant(logu))
    for dtype in (tf.int32, tf.float32):
      value = getattr(mi_tf, name)(logu, tf.eye(3, dtype=dtype))
      self.assertAllClose(value, expected, rtol=1e-6, atol=1e-6)


class TfpDocstringExamplesTest(test_util.TestCase):
  """The examples of TFP's docstrings, with x scored against y."""

  def setUp(self):
    super().setUp()
    self.population = populations.Gaussian(0.8)
    x, y = self.population.sample(self.rng('sample'), 100, 64)
    self.x, self.y = x[:, :, None], y[:, None, :]

  def test_the_truth_is_that_of_the_docstrings(self):
    self.assertAllClose(
      self.population.mutual_information, 0.511, rtol=0, atol=5e-4
    )

  def test_nguyen_wainwright_jordan_has_the_truth_as_its_mean(self):
    scores = 1 + self.population.log_ratio(self.x, self.y)
    mask = np.eye(64, dtype=bool)
    self.assertMeanClose(
      mi_tf.lower_bound_nguyen_wainwright_jordan(scores, mask),
      self.population.mutual_information,
    )

  def test_jensen_shannon_has_the_integral_as_its_mean(self):
    softplus = lambda z: np.logaddexp(0, z)
    joint, _ = self.population.means(lambda f: -softplus(-1 - f))
    _, product = self.population.means(lambda f: softplus(1 + f))
    scores = 1 + self.population.log_ratio(self.x, self.y)
    mask = np.eye(64, dtype=bool)
    self.assertMeanClose(
      mi_tf.lower_bound_jensen_shannon(scores, mask), joint - product
    )

  def test_info_nce_stays_below_the_truth(self):
    # log p(x | y), up to a function of x: that of y would count.
    scores = self.population.log_conditional(self.y, self.x)
    values = mi_tf.lower_bound_info_nce(scores, np.eye(64, dtype=bool)).numpy()
    stderr = values.std(ddof=1) / np.sqrt(values.size)
    truth = self.population.mutual_information
    self.assertLess(values.mean(), truth + 5 * stderr)
    self.assertGreater(values.mean(), truth - 0.05 - 5 * stderr)

  def test_barber_agakov_has_the_truth_as_its_mean(self):
    x, y = self.x[:, :, 0], self.y[:, 0, :]
    entropy = 0.5 * np.log(2 * np.pi * np.e)
    self.assertMeanClose(
      mi_tf.lower_bound_barber_agakov(
        self.population.log_conditional(y, x), entropy
      ),
      self.population.mutual_information,
    )


if __name__ == '__main__':
  test_util.main()
