"""Tests of the loops that are timed."""

from unittest import mock

import numpy as np

import mi_tf
from mi_tf.benchmarks.speed import contenders as contenders_lib
from mi_tf.benchmarks.speed import training
from mi_tf_test import test_util


class FitTest(test_util.TestCase):
  def test_fit_and_the_loop_by_hand_make_as_many_updates(self):
    options = {'_SAMPLES': 256, '_BATCH': 64, '_EPOCHS': 2, '_STEPS': 8}
    with mock.patch.multiple(training, **options):
      made = training.fit()
      self.assertEqual(made[training.LOOP](), 8)
      self.assertEqual(made[training.LOOP](), 16)
      with mock.patch.object(mi_tf.MiEstimator, 'fit', autospec=True) as fit:
        made[training.FIT]()
    kwargs = fit.call_args.kwargs
    self.assertEqual((kwargs['batch_size'], kwargs['epochs']), (64, 2))

  def test_arrays_and_a_data_set_have_the_same_batches(self):
    made = training.pipeline()
    with mock.patch.object(mi_tf.MiEstimator, 'fit', autospec=True) as fit:
      for call in made.values():
        call()
    (_, x, y), (_, data) = (call.args for call in fit.call_args_list)
    self.assertEqual((x.shape, y.shape), 2 * ((10_000, 20),))
    sizes = [len(batch[0]) for batch in data]
    self.assertEqual(sizes, 78 * [128] + [16])
    self.assertEqual(fit.call_args_list[0].kwargs['batch_size'], 128)


class NotebookTest(test_util.TestCase):
  def test_each_step_trains_and_evaluates(self):
    made = training.notebook(2)
    train = mi_tf.MiEstimator.train_on_batch
    with mock.patch.object(
      mi_tf.MiEstimator, 'train_on_batch', autospec=True, side_effect=train
    ) as trained:
      made[contenders_lib.OURS]()
    self.assertEqual(trained.call_count, 2)
    self.assertEqual(contenders_lib.TORCH in made, contenders_lib.has_torch())

  def test_own_means_estimate_the_notebooks_pairs(self):
    with mock.patch.object(mi_tf, 'estimate_mi') as estimate_mi:
      estimate_mi.return_value.mi = 4.9
      self.assertEqual(training.estimate_notebook(), 4.9)
    x, y = estimate_mi.call_args.args
    self.assertEqual((x.shape, y.shape), ((400, 6), (400, 6)))
    rho = np.corrcoef(x[:, 0], y[:, 0])[0, 1]
    self.assertAllClose(rho, 0.9, atol=0.05)


class RegularizerTest(test_util.TestCase):
  def test_both_contenders_update_the_critic_and_the_generator(self):
    made = {}

    def keep(cls):
      def make(*args):
        return made.setdefault(cls, []).append(cls(*args)) or made[cls][-1]

      return make

    mlp, term = mi_tf.encoders.Mlp, mi_tf.infomax.MiRegularizer
    options = {'_GENERATOR': (5, 2), '_DISCRIMINATOR': (4, 1)}
    with mock.patch.multiple(training, _GAN_UPDATES=3, **options):
      with (
        mock.patch.object(mi_tf.encoders, 'Mlp', keep(mlp)),
        mock.patch.object(mi_tf.infomax, 'MiRegularizer', keep(term)),
      ):
        contenders = training.regularizer()
      (regularizer,), (generator, _) = made[term], made[mlp]
      for i, name in enumerate((training.WITH, training.APART)):
        weights = [generator.weights[0], regularizer.critic.weights[0]]
        before = [w.numpy() for w in weights]
        contenders[name]()
        for old, new in zip(before, weights, strict=True):
          self.assertNotAllEqual(old, new.numpy())
        self.assertEqual(int(regularizer.num_steps), 3 * (i + 1))


if __name__ == '__main__':
  test_util.main()
