"""Tests of `MiEstimator.compile(metrics=...)`."""

import keras
import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf_test import test_util
from mi_tf_test import two_replicas


def unweighted(logu, joint_sample_mask):
  return mi_tf.lower_bound_info_nce(logu, joint_sample_mask)


def a_vector(logu, joint_sample_mask):
  del joint_sample_mask
  return tf.reduce_mean(logu, axis=-1)


class MetricsTest(test_util.TestCase):
  def setUp(self):
    super().setUp()
    rng = self.rng('pairs')
    self.x = rng.normal(size=(25, 2)).astype(np.float32)
    self.y = (self.x + rng.normal(size=(25, 2))).astype(np.float32)

  def estimator(self, metrics, objective='js', critic=None, **kwargs):
    critic = critic or mi_tf.BilinearCritic()
    estimator = mi_tf.MiEstimator(critic, objective, **kwargs)
    estimator.compile(keras.optimizers.SGD(0.0), metrics=metrics)
    return estimator

  def all_metrics(self):
    return [
      mi_tf.lower_bound_info_nce,
      keras.metrics.BinaryAccuracy(threshold=0.0),
      keras.metrics.CategoricalAccuracy(),
      keras.metrics.AUC(from_logits=True, name='auc'),
    ]

  def expected(self, estimator, parts):
    """Returns the metrics of `all_metrics` of batches."""
    scores = [estimator.critic(self.x[p], self.y[p]).numpy() for p in parts]
    sizes = [len(s) for s in scores]
    joint = [np.eye(n, dtype=bool) for n in sizes]
    rows = [s.argmax(1) == np.arange(len(s)) for s in scores]
    # In Keras, means over rows.
    right = [((s > 0) == j).mean(1) for s, j in zip(scores, joint)]
    return {
      'lower_bound_info_nce': np.average(
        [mi_tf.lower_bound_info_nce(s) for s in scores], weights=sizes
      ),
      'categorical_accuracy': np.concatenate(rows).mean(),
      'binary_accuracy': np.concatenate(right).mean(),
    }

  def test_metrics_are_those_of_scores(self):
    estimator = self.estimator(self.all_metrics())
    # The last batch, of one sample, counts nothing.
    parts = [slice(0, 8), slice(8, 16), slice(16, 24)]
    found = estimator.evaluate(self.x, self.y, 8, verbose=0, return_dict=True)
    self.assertEqual(list(found)[:2], ['auc', 'binary_accuracy'])
    self.assertBetween(found['auc'], 0.0, 1.0)
    expected = self.expected(estimator, parts)
    for name, value in expected.items():
      self.assertAllClose(found[name], value, rtol=1e-5, msg=name)
    data = tf.data.Dataset.from_tensor_slices((self.x, self.y)).batch(8)
    for logs in (
      estimator.fit(self.x, self.y, 8, shuffle=False, verbose=0).history,
      estimator.fit(data, verbose=0).history,
      estimator.fit(
        self.x, self.y, validation_data=data, epochs=2, verbose=0
      ).history,
    ):
      prefix = 'val_' if 'val_mi' in logs else ''
      for name, value in found.items():
        self.assertAllClose(logs[prefix + name][-1], value, rtol=1e-5, msg=name)

  def test_metrics_of_a_few_negatives(self):
    metrics = [mi_tf.lower_bound_info_nce, keras.metrics.CategoricalAccuracy()]
    estimator = self.estimator(metrics, negative_samples=3)
    found = estimator.test_on_batch(self.x, self.y, return_dict=True)
    logu, mask = estimator.score(self.x, self.y)
    self.assertAllClose(
      found['lower_bound_info_nce'], mi_tf.lower_bound_info_nce(logu, mask)
    )
    self.assertAllClose(
      found['categorical_accuracy'], np.mean(np.argmax(logu, axis=1) == 0)
    )

  def test_metrics_are_saved_and_go_on(self):
    estimator = self.estimator(self.all_metrics())
    expected = estimator.evaluate(self.x, self.y, verbose=0, return_dict=True)
    path = self.create_tempfile('model.keras').full_path
    estimator.save(path)
    loaded = keras.models.load_model(path)
    self.assertAllClose(
      loaded.evaluate(self.x, self.y, verbose=0, return_dict=True), expected
    )
    self.assertContainsSubset(
      expected, loaded.fit(self.x, self.y, verbose=0).history
    )

  def test_metrics_are_not_needed_any_more_when_compiled_anew(self):
    estimator = self.estimator(mi_tf.lower_bound_info_nce)
    self.assertLen(estimator.evaluate(self.x, self.y, verbose=0), 3)
    estimator.compile('sgd')
    self.assertLen(estimator.evaluate(self.x, self.y, verbose=0), 2)

  def test_functions_take_weights_and_others_are_refused(self):
    w = np.arange(25) % 3
    rows = [np.repeat(t, w, axis=0) for t in (self.x, self.y)]
    estimator = self.estimator(mi_tf.lower_bound_info_nce)
    found = estimator.evaluate(self.x, self.y, 25, sample_weight=w, verbose=0)
    expected = estimator.evaluate(*rows, 100, verbose=0)
    self.assertAllClose(found, expected, rtol=1e-5)
    for metric in (keras.metrics.CategoricalAccuracy(), unweighted):
      with self.assertRaisesRegex(ValueError, '`sample_weight`'):
        self.estimator(metric).evaluate(
          self.x, self.y, sample_weight=w, verbose=0
        )

  def test_metrics_that_take_no_scores_are_refused(self):
    for metric, message in (
      ('accuracy', "be functions of scores, .*metrics='accuracy'"),
      (keras.metrics.AUC, 'be functions of scores'),
      (keras.metrics.AUC(), 'from_logits=True. Received: AUC'),
      (keras.metrics.BinaryCrossentropy(), 'from_logits=True'),
      (keras.metrics.SparseCategoricalAccuracy(), 'not integer labels'),
      ([unweighted, unweighted], 'names that differ.*unweighted'),
      (keras.metrics.BinaryAccuracy(name='mi'), 'names that differ'),
    ):
      with self.assertRaisesRegex(ValueError, f'`metrics` must .*{message}'):
        self.estimator(metric)
    with self.assertRaisesRegex(ValueError, 'must return a floating scalar'):
      self.estimator(a_vector).evaluate(self.x, self.y, verbose=0)
    with self.assertRaisesRegex(ValueError, 'log densit'):
      self.estimator(mi_tf.upper_bound_leave_one_out)

  def test_replicas_report_functions_alone(self):
    with two_replicas.strategy().scope():
      with self.assertRaisesRegex(ValueError, 'strategy of several replicas'):
        self.estimator(keras.metrics.CategoricalAccuracy())
      estimator = self.estimator(mi_tf.lower_bound_info_nce, critic='bilinear')
    found = estimator.evaluate(
      self.x[:24], self.y[:24], 8, verbose=0, return_dict=True
    )
    parts = [slice(0, 8), slice(8, 16), slice(16, 24)]
    expected = self.expected(estimator, parts)['lower_bound_info_nce']
    self.assertAllClose(found['lower_bound_info_nce'], expected, rtol=1e-5)


if __name__ == '__main__':
  test_util.main()
