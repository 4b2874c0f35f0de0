"""Tests of reductions over replicas: each bound is that of one device."""

import functools
import itertools

from absl.testing import parameterized
import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf.scores.replicas import collectives
from mi_tf_test import test_util
from mi_tf_test import two_replicas
from mi_tf_test.conformance import cases

# Others have no pairs: they are means over samples.
_OF_PAIRS = [name for name, case in cases.BOUNDS.items() if case.has_mask]
# The second replica may have no sample.
_SHARES = ((3, 2), (5, 0), (4, 1))
_STREAMED = [name for name in _OF_PAIRS if cases.BOUNDS[name].streams]
_DENSE = [name for name in _OF_PAIRS if name not in _STREAMED]
# The first replica has joint samples alone, and the second none.
_APART = np.arange(5)[:, np.newaxis] < [3] * 5
_COLUMNS = np.array([2, 0, 3, -1, -1])
_WEIGHTS = np.array([0.5, 2.0, 0.0, 3.0, 1.0])
# Masks, and how many rows each replica has.
_MASKED = (
  (np.eye(5, k=1, dtype=bool), (5, 0)),
  (_COLUMNS, (3, 2)),
  (_COLUMNS, (0, 5)),
)


class ReplicaBatchTest(test_util.TestCase):
  def assertEqualsOneDevice(
    self, name, one, shared, sizes, batch=(), **options
  ):
    """Fails unless value and gradients are equal, whoever has the samples.

    Args:
      name: `str`, the bound.
      one: function of the arguments to what the bound takes.
      shared: the same, of this replica's.
      sizes: pair of `int`s, how many of 5 rows each replica has.
      batch: tuple, the leading dimensions.
      **options: further arguments of the bound.
    """
    case = cases.BOUNDS[name]
    arguments = case.arguments(self.rng(), batch, 5, 5)
    options = {**case.options, **options}
    names = list(arguments)

    def bound(given, convert, num_replicas):
      tensors = dict(zip(names, given))
      with tf.GradientTape() as tape:
        tape.watch(tensors)
        first, *rest = convert(tensors).items()
        value = getattr(mi_tf, name)(first[1], **dict(rest), **options)
        share = value / num_replicas
      return value, tape.gradient(share, tensors)

    value, gradients = bound(
      [tf.constant(a) for a in arguments.values()], one, 1
    )
    self.assertAllFinite(gradients)
    sides = [
      np.split(np.asarray(a), [sizes[0]], axis=len(batch))
      for a in arguments.values()
    ]
    results = two_replicas.run(lambda *given: bound(given, shared, 2), *sides)
    for own, _ in results:
      self.assertAllClose(own, value, rtol=1e-12, atol=1e-13)
    for key in names:
      gradient = np.concatenate([g[key] for _, g in results], len(batch))
      self.assertAllClose(
        gradient, gradients[key], rtol=1e-11, atol=1e-13, msg=key
      )

  def shared(self, name, tensors):
    """Returns the arguments with this replica's own columns first."""
    before = collectives.rows_before(tf.shape(tensors['logu'])[-2])
    tensors = {
      key: tf.roll(tensors[key], -before, axis=-1)
      if 'm' in letters
      else tensors[key]
      for key, letters in cases.BOUNDS[name].tensors.items()
    }
    return {**tensors, 'logu': mi_tf.ReplicaScores(tensors['logu'])}

  @parameterized.parameters(*zip(_OF_PAIRS, itertools.cycle(_SHARES)))
  def test_dense_bound_equals_one_device(self, name, sizes):
    shared = functools.partial(self.shared, name)
    self.assertEqualsOneDevice(name, dict, shared, sizes)

  @parameterized.parameters(*zip(_OF_PAIRS, itertools.cycle(_SHARES)))
  def test_weights_of_columns_are_gathered(self, name, sizes):
    def shared(tensors):
      n = tf.shape(tensors['logu'])[0]
      own = tf.constant(_WEIGHTS)[collectives.rows_before(n) :][:n]
      return {**self.shared(name, tensors), 'sample_weight': own}

    self.assertEqualsOneDevice(
      name,
      lambda tensors: {**tensors, 'sample_weight': _WEIGHTS},
      shared,
      sizes,
    )

  @parameterized.parameters('lower_bound_info_nce', 'mi_plug_in', *_DENSE)
  def test_dense_masks_are_checked_on_all_replicas(self, name):
    mask, sizes = np.eye(5, k=1, dtype=bool), (4, 1)  # The last row has none.

    def shared(tensors):
      own = {'joint_sample_mask': _own(mask, tensors['logu'])}
      return {**self.shared(name, tensors), **own}

    self.assertEqualsOneDevice(
      name,
      lambda tensors: {**tensors, 'joint_sample_mask': mask},
      shared,
      sizes,
      validate_args=True,
    )

  @parameterized.parameters('dense', 'columns', 'blocks')
  def test_joint_samples_and_negatives_are_needed_on_some_replica(self, kind):
    # Of the two rows that each replica has, all pairs are joint, or none is.
    bound = mi_tf.lower_bound_donsker_varadhan
    few, many = np.zeros([2, 1], bool), np.ones([2, 1], bool)
    for masks, rule in (
      ((few, many), None),
      ((few, few), 'must mark at least one joint sample'),
      ((many, many), 'must hold at least one negative pair'),
    ):

      def value(scores, masks=masks):
        context = tf.distribute.get_replica_context()
        # Known statically, unlike the rows of the other replica.
        number = int(tf.get_static_value(context.replica_id_in_sync_group))
        mask = masks[number]
        if kind == 'columns':
          mask = mask[:, 0].astype(np.int32) - 1
        if kind != 'dense':
          scores = mi_tf.StreamedScores(scores, tf.ones([1, 1], scores.dtype))
        return bound(mi_tf.ReplicaScores(scores), mask, validate_args=True)

      rows = np.array([[0.3], [0.1]])
      if rule is None:
        expected = bound(np.tile(rows, [2, 1]), np.concatenate(masks))
        for found in two_replicas.run(value, (rows, rows)):
          self.assertAllClose(found, expected)
      else:
        with self.assertRaisesRegex(tf.errors.InvalidArgumentError, rule):
          two_replicas.run(value, (rows, rows))

  def test_each_column_needs_a_negative_on_some_replica(self):
    bound = mi_tf.upper_bound_leave_one_out
    logu = self.rng().normal(size=[2, 2])
    own = logu[:1], logu[1:, ::-1]

    def value(scores, mask=None):
      scores = tf.ensure_shape(scores, [1, 2])
      return bound(mi_tf.ReplicaScores(scores), mask, validate_args=True)

    for found in two_replicas.run(value, own):
      self.assertAllClose(found, bound(logu))
    # This replica's own column comes first: both mark the same one.
    first, second = np.array([[True, False]]), np.array([[False, True]])
    with self.assertRaisesRegex(
      tf.errors.InvalidArgumentError, 'negative pair in each column'
    ):
      two_replicas.run(value, own, (first, second))
    for found in two_replicas.run(value, own, (first, first)):
      self.assertAllClose(found, bound(logu))

  def test_each_row_needs_a_negative_of_its_own(self):
    bound = mi_tf.lower_bound_interpolated
    logu, mask = np.ones([2, 3]), np.array([[True] * 3, [False] * 3])

    def value(scores, mask):
      return bound(
        mi_tf.ReplicaScores(scores),
        mask,
        log_baseline=tf.zeros([2], scores.dtype),
        alpha=0.3,
        validate_args=True,
      )

    with self.assertRaisesRegex(
      tf.errors.InvalidArgumentError, 'negative pair in each row'
    ):
      two_replicas.run(value, (logu, logu), (mask, mask))

  @parameterized.parameters('jensen_shannon_divergence', *_DENSE)
  def test_batch_of_matrices_equals_one_device(self, name):
    shared = functools.partial(self.shared, name)
    self.assertEqualsOneDevice(name, dict, shared, (3, 2), batch=(2,))

  @parameterized.parameters(*zip(_STREAMED, itertools.cycle(_SHARES[::-1])))
  def test_streamed_bound_equals_one_device(self, name, sizes):
    self.assertStreamedEqualsOneDevice(name, None, sizes)

  @parameterized.parameters(*_STREAMED)
  @test_util.full(
    'Replicas without samples have the test above; this has masks that '
    'leave one without either kind of pairs.'
  )
  def test_replica_without_joint_samples_or_negatives(self, name):
    self.assertStreamedEqualsOneDevice(name, _APART, (3, 2), validate_args=True)

  @parameterized.parameters(*zip(_STREAMED, itertools.cycle(range(3))))
  @test_util.full(
    'Dense masks are compared for each bound, streamed scores without a '
    'mask; this has both.'
  )
  def test_masked_bound_equals_one_device(self, name, case):
    self.assertStreamedEqualsOneDevice(name, *_MASKED[case], validate_args=True)

  def assertStreamedEqualsOneDevice(self, name, mask, sizes, **options):
    kernel = self.rng('kernel').normal(size=[5, 5])
    dense = mask
    if mask is not None and mask.dtype != bool:
      dense = mask[:, np.newaxis] == np.arange(5)

    def one(tensors):
      x = tensors['logu']
      scores = tf.matmul(x, tf.matmul(x, kernel), transpose_b=True)
      return {**tensors, 'logu': scores, 'joint_sample_mask': dense}

    def shared(tensors):
      x = tensors['logu']
      every = mi_tf.ReplicaScores.gather(tf.matmul(x, kernel))
      own = {} if mask is None else {'joint_sample_mask': _own(mask, x)}
      padded, is_empty = collectives.pad(*tensors.values(), *own.values())
      tensors = dict(zip([*tensors, *own], padded))
      scores = mi_tf.StreamedScores(tensors['logu'], every, block_rows=2)
      return {**tensors, 'logu': mi_tf.ReplicaScores(scores, is_empty)}

    self.assertEqualsOneDevice(name, one, shared, sizes, **options)


def _own(mask, rows):
  """Returns a mask of this replica's rows, its own columns first."""
  before = collectives.rows_before(tf.shape(rows)[0])
  own = tf.constant(mask)[before : before + tf.shape(rows)[0]]
  if own.dtype == tf.bool:
    return tf.roll(own, -before, axis=1)
  return tf.where(own < 0, own, (own - tf.cast(before, own.dtype)) % 5)


if __name__ == '__main__':
  test_util.main()
