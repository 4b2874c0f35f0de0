"""Tests of the signatures of SavedModels; the conformance suite has outputs."""

import keras
import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf_test import test_util


class ExportTest(test_util.TestCase):
  def setUp(self):
    super().setUp()
    self.folder = self.create_tempdir().full_path
    self.x = np.float64(self.rng().normal(size=(20, 3)))

  def estimator(self, **kwargs):
    estimator = mi_tf.MiEstimator('bilinear', 'js', **kwargs)
    estimator.compile('adam')
    estimator.fit(self.x, self.x, batch_size=10, verbose=0)
    return estimator

  def exported(self, estimator, **kwargs):
    """Returns the loaded model, and its signature without names."""
    estimator.export(self.folder, verbose=False, **kwargs)
    loaded = tf.saved_model.load(self.folder)
    signature = loaded.signatures['serve'].structured_input_signature[1]
    return loaded, sorted(
      (spec.shape.as_list(), spec.dtype.name) for spec in signature.values()
    )

  def test_half_precision_takes_single_precision(self):
    loaded, signature = self.exported(self.estimator(dtype='mixed_bfloat16'))
    self.assertEqual(signature, [([None, 3], 'float32')] * 2)
    x = np.float32(self.x)
    self.assertAllFinite(loaded.serve(x, x))

  def test_signature_may_be_given(self):
    specs = [
      keras.InputSpec(shape=(20, 3), dtype=dtype)
      for dtype in ('float64', 'float32')
    ]
    estimator = self.estimator()
    loaded, signature = self.exported(estimator, input_signature=specs)
    self.assertEqual(signature, [([20, 3], 'float32'), ([20, 3], 'float64')])
    x = np.float32(self.x)
    self.assertAllClose(
      loaded.serve(self.x, x), estimator.predict(x, x, verbose=0), rtol=1e-5
    )
    self.assertAllClose(loaded.mi(self.x, x), estimator(x, x), rtol=1e-5)

  def test_scores_of_pairs_are_served(self):
    estimator = self.estimator()
    estimator.export(self.folder, verbose=False)
    loaded = tf.saved_model.load(self.folder)
    for n in (20, 3):
      x, y = np.float32(self.x[:n]), np.float32(self.x[n - 1 :: -1])
      self.assertEqual(loaded.serve(x, y).shape, [n])
      self.assertAllClose(
        loaded.serve(x, y), estimator.predict(x, y, verbose=0), rtol=1e-5
      )
      self.assertAllClose(loaded.mi(x, y), estimator(x, y), rtol=1e-4)

  def test_structures_and_strings_are_served(self):
    words = np.array(['a b', 'c', 'b', 'a'] * 5)
    to_numbers = keras.layers.TextVectorization(output_sequence_length=2)
    to_numbers.adapt(words)
    inputs = {
      'word': keras.Input([], dtype='string', name='word'),
      'number': keras.Input([3], name='number'),
    }
    embedded = keras.layers.Embedding(9, 3)(to_numbers(inputs['word']))
    outputs = keras.layers.Dense(4)(inputs['number'])
    outputs += keras.layers.Dense(4)(keras.layers.Flatten()(embedded))
    critic = mi_tf.BilinearCritic(x_encoder=keras.Model(inputs, outputs))
    estimator = mi_tf.MiEstimator(critic, 'js')
    estimator.compile('adam')
    x, y = {'word': words, 'number': np.float32(self.x)}, np.float32(self.x)
    estimator.fit(x, y, batch_size=10, verbose=0)
    estimator.export(self.folder, verbose=False)
    loaded = tf.saved_model.load(self.folder)
    found = loaded.serve({k: tf.constant(v) for k, v in x.items()}, y)
    self.assertAllClose(found, estimator.predict(x, y, verbose=0), rtol=1e-5)


if __name__ == '__main__':
  test_util.main()
