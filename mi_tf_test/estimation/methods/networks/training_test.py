"""Tests of the training of stacked networks."""

import math

import numpy as np

from mi_tf.critics import elliptical_fit
from mi_tf.estimation.methods.networks import initialization
from mi_tf.estimation.methods.networks import residual
from mi_tf.estimation.methods.networks import training
from mi_tf_test import test_util

_FORM = (0, False, 'float32')
_SCHEDULE = ((1e-2, 100, 300),)


def _problem(x, y, folds=2):
  """Returns the arguments of `train` for columns x and y."""
  n = len(x)
  rng = np.random.default_rng(0)
  fit = elliptical_fit.fit_elliptical(x, y)
  start = initialization.Initialization(
    u=np.stack([(x - fit.x_mean) @ fit.x_directions] * folds),
    v=np.stack([(y - fit.y_mean) @ fit.y_directions] * folds),
    correlations=np.stack([fit.correlations] * folds),
    dof=[None] * folds,
  )
  data = []
  for t, own in ((x, start.u), (y, start.v)):
    t = np.concatenate([np.square(t).mean(axis=1, keepdims=True), t], axis=1)
    data += [np.broadcast_to(t, (folds, *t.shape)), own]
  dims = x.shape[1], y.shape[1]
  weights, sizes, columns = residual.initial(
    rng, [d + 1 for d in dims], dims, start, 16, 4, *_FORM[::2]
  )
  order = np.stack([rng.permutation(n) for _ in range(folds)]).astype(np.int32)
  held = n // 3
  return {
    'weights': weights,
    'sizes': sizes,
    'columns': columns,
    'data': data,
    'rows': order[:, held:],
    'stop_rows': order[:, :held],
  }


def _train(
  problem, schedule=_SCHEDULE, log_weight=0.0, seed=0, decay=0.0, **changed
):
  return training.train(
    _FORM,
    **{**problem, **changed},
    log_weight=log_weight,
    decay=decay,
    schedule=schedule,
    batch_size=32,
    every=25,
    seed=seed,
  )


def _bow(rng, n=400):
  x = rng.normal(size=(n, 1))
  return x, np.square(x) + 0.3 * rng.normal(size=(n, 1))


class TrainTest(test_util.TestCase):
  @classmethod
  def setUpClass(cls):
    super().setUpClass()
    cls.problem = _problem(*_bow(np.random.default_rng(1)))
    cls.weights, cls.losses, cls.updates = _train(cls.problem)

  def test_what_is_not_linear_is_learned(self):
    self.assertEqual(self.weights.shape, self.problem['weights'].shape)
    self.assertEqual(self.losses.shape, (1 + self.updates // 25, 2))
    self.assertAllLess(self.losses.min(axis=0) - self.losses[0], -0.2)

  def test_the_loss_is_that_of_jensen_and_shannon_on_held_out_rows(self):
    problem = self.problem
    for log_weight in (0.0, math.log(5.0)):
      losses = _train(problem, ((0.0, 25, 25),), log_weight)[1]
      embed, score = residual.functions(*_FORM)
      for k, rows in enumerate(problem['stop_rows']):
        data = [t[k : k + 1, rows].astype('float32') for t in problem['data']]
        parts = embed(
          problem['weights'][k : k + 1],
          problem['sizes'],
          problem['columns'],
          *data,
        )
        scores = score(*parts).numpy()[0].astype(float) - log_weight
        soft = np.logaddexp(0.0, scores)
        others = soft[~np.eye(len(rows), dtype=bool)].mean()
        own = np.logaddexp(0.0, -np.diag(scores)).mean()
        expected = own + math.exp(log_weight) * others
        self.assertAllClose(losses[0, k], expected, rtol=1e-4)

  def test_weights_decay_to_the_initial_ones(self):
    first = self.problem['weights']
    schedule = ((1e-2, 200, 200),)
    moved = []
    for decay in (0.0, 3.0, 20.0):
      weights, losses, _ = _train(self.problem, schedule, decay=decay)
      self.assertAllLess(losses.min(axis=0) - losses[0], -0.02)
      moved.append(np.square(weights - first).sum())
    self.assertLess(moved[1], 0.8 * moved[0])
    self.assertLess(moved[2], 0.8 * moved[1])

  def test_same_seed_same_weights(self):
    again = _train(self.problem)[0]
    self.assertAllEqual(again, self.weights)
    self.assertNotAllClose(_train(self.problem, seed=1)[0], self.weights)

  def test_the_weights_are_those_of_the_least_loss(self):
    # A look at them again, without training.
    losses = _train(self.problem, ((0.0, 25, 25),), weights=self.weights)[1]
    self.assertAllClose(losses[0], self.losses.min(axis=0), rtol=1e-4)

  def test_folds_see_their_own_rows_alone(self):
    problem = dict(self.problem)
    problem['rows'] = problem['rows'][:, 20:]
    schedule = ((1e-2, 50, 50),)
    first = _train(problem, schedule)
    data = [np.array(t) for t in problem['data']]
    for t in data:
      t[0, self.problem['rows'][0, :20]] = np.nan  # In no part of fold 0.
      t[1] *= 2.0
    other = _train(problem, schedule, data=data)
    self.assertAllClose(other[0][0], first[0][0])
    self.assertAllClose(other[1][:, 0], first[1][:, 0])
    self.assertNotAllClose(other[0][1], first[0][1])

  def test_training_on_independent_columns_ends_early(self):
    x, y = self.rng().normal(size=(2, 300, 1))
    problem = _problem(x, y)
    weights, losses, updates = _train(problem, ((1e-2, 50, 2000),))
    self.assertLess(updates, 800)
    self.assertAllGreater(losses.min(axis=0), 2.0 * math.log(2.0) - 0.05)
    self.assertAllFinite(weights)

  def test_the_next_stage_goes_on_from_the_best_weights(self):
    two = ((1e-2, 100, 50), (1e-3, 100, 50))
    weights, losses, updates = _train(self.problem, two)
    self.assertEqual((updates, len(losses)), (100, 5))
    first = _train(self.problem, two[:1])
    self.assertAllEqual(losses[:3], first[1])
    change = losses[3:].min(axis=0) - first[1].min(axis=0)
    self.assertAllLess(change, 0.05)
    self.assertNotAllClose(weights, first[0])

  def test_one_graph_does_for_all_sizes(self):
    loop = training._loop(*_FORM)
    before = loop.experimental_get_tracing_count()
    self.assertEqual(before, 1)
    rng = self.rng()
    for n, dx, dy, folds in ((60, 1, 1, 1), (90, 3, 2, 2), (75, 1, 4, 5)):
      x, y = rng.normal(size=(n, dx)), rng.normal(size=(n, dy))
      _train(_problem(x, y, folds), ((1e-2, 25, 25),))
    self.assertEqual(loop.experimental_get_tracing_count(), before)
    embed, scores = training.reader(*_FORM)
    problem = self.problem
    for folds in (1, 2):
      parts = embed(
        problem['weights'][:folds],
        problem['sizes'],
        problem['columns'],
        *(t[:folds].astype('float32') for t in problem['data']),
      )
      aligned = scores[False](*parts).numpy()[..., 0]
      every = scores[True](*parts).numpy()
      self.assertAllClose(
        aligned, np.diagonal(every, axis1=1, axis2=2), atol=1e-4
      )
    for function in (embed, *scores.values()):
      self.assertEqual(function.experimental_get_tracing_count(), 1)


if __name__ == '__main__':
  test_util.main()
