"""Tests of what tells batches from samples; `pair_model_test` has more."""

import tensorflow as tf

from mi_tf.models.data import batch_shapes
from mi_tf_test import test_util


def _spec(*shape):
  return tf.TensorSpec(shape)


class BatchingTest(test_util.TestCase):
  def test_batches_have_as_many_rows_on_both_sides(self):
    batch_shapes.check(_spec(None, 3), _spec(8, 2))
    batch_shapes.check({'a': _spec(8), 'b': _spec(8, 1)}, _spec(8), _spec(8))
    for sides in (
      (_spec(3), _spec(2)),
      (_spec(), _spec(2)),
      ({'a': _spec(8), 'b': _spec(7)}, _spec(8)),
      (_spec(8, 2), _spec(8), _spec(7)),
    ):
      with self.assertRaisesRegex(ValueError, 'Received: elements of shape x='):
        batch_shapes.check(*sides)

  def test_the_number_of_dimensions_must_be_known(self):
    with self.assertRaisesRegex(ValueError, 'an `output_signature`'):
      batch_shapes.check(tf.TensorSpec(None), _spec(8))

  def test_models_take_batches_of_what_they_were_built_for(self):
    batch_shapes.check_built(_spec(8, 3), 'x', (None, 3))
    batch_shapes.check_built(
      [_spec(8, 3), _spec(8)], 'x', [(None, None), (None,)]
    )
    with self.assertRaisesRegex(ValueError, '`x` must come in batches, shape'):
      batch_shapes.check_built(_spec(3), 'x', (None, 3))
    with self.assertRaisesRegex(ValueError, '`x` must have shape .*for which'):
      batch_shapes.check_built(_spec(8, 2), 'x', (None, 3))
    with self.assertRaisesRegex(ValueError, '`x` must hold 1 arrays'):
      batch_shapes.check_built([_spec(8), _spec(8)], 'x', (None,))

  def test_stages_are_known_before_a_data_set_runs(self):
    def fail():
      raise AssertionError('It runs.')

    spec = tf.TensorSpec([], tf.int32)
    dataset = tf.data.Dataset.from_generator(fail, output_signature=spec)
    self.assertIn('BatchV2', batch_shapes.stages(dataset.batch(2).prefetch(1)))
    self.assertNotIn('BatchV2', batch_shapes.stages(dataset))


if __name__ == '__main__':
  test_util.main()
