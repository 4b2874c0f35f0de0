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


if __name__ == '__main__':
  test_util.main()
