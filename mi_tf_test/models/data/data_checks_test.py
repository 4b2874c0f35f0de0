"""Tests of what data is refused before it is trained on, and what is not."""

import functools

import keras
import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf.models.data import data_checks
from mi_tf.models.data import pair_data
from mi_tf_test import test_util


class _Batches(keras.utils.PyDataset):
  def __init__(self, batches):
    super().__init__()
    self.batches, self.ends = batches, 0

  def __len__(self):
    return len(self.batches)

  def __getitem__(self, index):
    return self.batches[index]

  def on_epoch_end(self):
    self.ends += 1


class CheckedTest(test_util.TestCase):
  def setUp(self):
    super().setUp()
    self.x = self.rng().normal(size=(8, 2)).astype(np.float32)
    self.y = self.x[:, :1]

  def sources(self, x):
    """Returns data of every kind, in batches of 4."""
    data = tf.data.Dataset.from_tensor_slices((x, self.y)).batch(4)
    batches = [(x[:4], self.y[:4]), (x[4:], self.y[4:])]
    return {
      'arrays': (x, self.y),
      'a pair of arrays': ((x, self.y),),
      'data set': (data,),
      'nested data set': (data.map(lambda *pair: (pair,)),),
      'generator': ((b for b in batches),),
      'PyDataset': (_Batches(batches),),
    }

  def test_data_of_every_kind_comes_back_as_it_was(self):
    for kind, source in self.sources(self.x).items():
      x, y, weights = data_checks.checked(*source)
      self.assertIsNone(weights)
      if y is None:
        if kind == 'PyDataset':
          x = [x[i] for i in range(x.num_batches)]
        batches = [pair_data.unpack(batch)[:2] for batch in x]
        x, y = (np.concatenate(side) for side in zip(*batches))
      self.assertAllEqual(x, self.x, msg=kind)
      self.assertAllEqual(y, self.y, msg=kind)

  def test_a_nan_in_training_or_evaluation_is_an_error(self):
    self.x[6, 1] = np.nan
    for kind, source in self.sources(self.x).items():
      # relu hides NaN: without the check, the loss is a number.
      model = mi_tf.MiEstimator(mi_tf.SeparableCritic((4,), 2))
      model.compile()
      fit = functools.partial(model.fit, shuffle=False)
      for method in (fit, model.evaluate):
        source = self.sources(self.x)[kind]
        with self.assertRaisesRegex(
          (ValueError, tf.errors.InvalidArgumentError), 'must be finite'
        ):
          method(*source, verbose=0)

  def test_the_ends_of_epochs_are_passed_on(self):
    data = _Batches([(self.x, self.y)])
    checked, *_ = data_checks.checked(data)
    checked.on_epoch_end()
    self.assertEqual(data.ends, 1)

  def test_batches_that_are_no_dense_numbers_are_refused(self):
    for t in (['a', 'b'], tf.ragged.constant([[1.0], [1.0, 2.0]])):
      data = tf.data.Dataset.from_tensor_slices((t, [1.0, 2.0])).batch(2)
      with self.assertRaisesRegex(TypeError, 'must be dense `Tensor`s'):
        data_checks.checked(data)

  def test_sides_of_different_length_are_refused(self):
    with self.assertRaisesRegex(ValueError, 'same number of rows. Rec.* 8 and'):
      data_checks.checked(self.x, self.y[:5])

  def test_samples_without_any_column_are_refused(self):
    # Their matrix products would end the process.
    model = mi_tf.MiEstimator()
    with self.assertRaisesRegex(ValueError, 'Samples must not be empty'):
      model.build((None, 0), (None, 1))

  def test_all_pairs_of_a_data_set_are_found(self):
    data = self.sources(self.x)['data set'][0]
    for found in (
      pair_data.to_arrays(data),
      pair_data.to_arrays(self.x, self.y),
    ):
      self.assertAllEqual(found[0], self.x)
      self.assertAllEqual(found[1], self.y)


if __name__ == '__main__':
  test_util.main()
