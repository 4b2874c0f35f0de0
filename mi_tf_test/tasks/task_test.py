"""Tests of all tasks."""

import pathlib

from absl.testing import parameterized
import numpy as np
import tensorflow as tf

from mi_tf import tasks
from mi_tf_test import test_util
from mi_tf_test.tasks import examples

_TASKS = [
  (f'{function}_{i}', task)
  for function, made in examples.examples().items()
  for i, task in enumerate(made)
]
# Classes, and functions that don't return one `Task`.
_WITHOUT_EXAMPLE = (
  'ConditionalTask',
  'Task',
  'TotalCorrelationTask',
  'beyond_normal',
  'collider',
  'common_cause',
  'conditional_gaussian',
  'showcase',
  'total_correlation_gaussian',
)
# XLA is slow to compile: one task of each family.
_TO_COMPILE = [
  task
  for task in _TASKS
  if task[0].startswith(
    (
      'additive_uniform_0',
      'gaussian_0',
      'gaussian_classes',
      'noisy',
      'student_t_0',
    )
  )
]
# Where the square of the density ratio has no mean under the marginals, its
# average is not a check: heavy tails, and correlations above .7.
_RATIO_HAS_NO_VARIANCE = (
  'asinh',
  'correlated',
  'cubed',
  'dense',
  'galaxy',
  'gaussian_0',
  'half',
  'letter',
  'linear_mix',
  'log_gamma',
  'random_flow',
  'sparse',
  'spiral',
  'student',
  'swiss',
)


def _shapes(task):
  return task.shape_x or (task.dim_x,), task.shape_y or (task.dim_y,)


class AllTasksTest(test_util.TestCase):
  def test_each_public_function_has_an_example(self):
    self.assertCountEqual(
      [*examples.examples(), *_WITHOUT_EXAMPLE], tasks.__all__
    )

  @parameterized.named_parameters(*_TASKS)
  def test_samples_have_the_shapes_and_dtypes_that_are_promised(self, task):
    x, y = task.sample(7, seed=self.seed())
    self.assertEqual(x.shape, (7, *_shapes(task)[0]))
    self.assertEqual(y.shape, (7, *_shapes(task)[1]))
    for side in (x, y):
      self.assertIn(side.dtype, (tf.float32, tf.int32))

  @parameterized.named_parameters(*_TASKS)
  def test_mean_of_the_pointwise_values_is_the_mutual_information(self, task):
    x, y = task.sample(10000, seed=self.seed())
    pointwise = task.pointwise(x, y)
    self.assertEqual(pointwise.dtype, tf.float32)
    self.assertAllFinite(pointwise)
    self.assertMeanClose(pointwise, task.mutual_information)

  @parameterized.named_parameters(
    *(t for t in _TASKS if not t[0].startswith(_RATIO_HAS_NO_VARIANCE))
  )
  def test_density_ratio_is_one_on_average_over_the_marginals(self, task):
    x, _ = task.sample(10000, seed=self.seed('x'))
    _, y = task.sample(10000, seed=self.seed('y'))
    self.assertMeanClose(tf.exp(task.pointwise(x, y)), 1.0)

  @parameterized.named_parameters(*_TASKS)
  def test_pointwise_values_of_all_pairs_are_those_of_each(self, task):
    x, y = task.sample(5, seed=self.seed())
    # All pairs in a graph of unknown size, each pair in eager mode.
    pointwise = tf.function(
      task.pointwise,
      input_signature=[
        tf.TensorSpec([None, 1, *_shapes(task)[0]], x.dtype),
        tf.TensorSpec([None, *_shapes(task)[1]], y.dtype),
      ],
    )
    scores = pointwise(x[:3, tf.newaxis], y)
    self.assertEqual(scores.shape, (3, 5))
    each = task.pointwise(np.repeat(x[:3], 5, axis=0), np.concatenate([y] * 3))
    self.assertAllClose(scores, tf.reshape(each, [3, 5]), rtol=1e-5, atol=1e-6)

  @parameterized.named_parameters(*_TASKS)
  def test_same_seed_gives_the_same_sample_in_eager_and_graph(self, task):
    seed = self.seed()
    eager = task.sample(50, seed)
    again = task.sample(50, [seed, 0])
    self.assertAllEqual(eager[0], again[0])
    self.assertAllEqual(eager[1], again[1])
    sample = tf.function(lambda seed: task.sample(50, seed))
    self.assertAllClose(sample(tf.constant(seed)), eager, rtol=1e-6)

  @parameterized.named_parameters(*_TO_COMPILE)
  def test_same_seed_gives_the_same_sample_under_xla(self, task):
    sample = tf.function(lambda seed: task.sample(50, seed), jit_compile=True)
    self.assertAllClose(
      sample(tf.constant(7)), task.sample(50, seed=7), rtol=1e-6
    )

  @parameterized.named_parameters(*_TASKS)
  def test_other_seeds_give_other_samples(self, task):
    x, y = task.sample(50, seed=1)
    for seed in (2, [1, 1]):
      other_x, other_y = task.sample(50, seed)
      self.assertNotAllEqual(x, other_x)
      self.assertNotAllEqual(y, other_y)

  def test_number_of_samples_may_be_a_tensor(self):
    task = tasks.student_t(2, 1, dof=3)
    x, y = tf.function(lambda n: task.sample(n, seed=5))(tf.constant(6))
    self.assertAllClose((x, y), task.sample(6, seed=5))

  def test_samples_do_not_depend_on_process_or_version(self):
    x, y = tasks.correlated_gaussian(1, rho=0.75).sample(3, seed=1)
    self.assertAllClose(x[:, 0], [0.24456024, 1.96819413, -0.06949054])
    self.assertAllClose(y[:, 0], [1.11586165, 1.49809349, 0.90814131])

  def test_bad_arguments_of_sample_are_refused(self):
    task = tasks.correlated_gaussian(1, rho=0.75)
    with self.assertRaisesRegex(
      ValueError, r'`n` must be at least 1\. Received: n=0\.'
    ):
      task.sample(0, seed=1)
    for seed in (None, 1.5, 'one', [1, 2, 3], [[1, 2]], [1.0, 2.0]):
      with self.assertRaisesRegex(
        ValueError, '`seed` must be an int or a pair of ints. Received: seed='
      ):
        task.sample(3, seed)

  def test_pointwise_refuses_points_of_another_size(self):
    task = tasks.sparse_gaussian(3, 2)
    with self.assertRaisesRegex(
      ValueError,
      r'`x` must have shape \[\.\.\., 3\]\. Received: x\.shape=\(4, 2',
    ):
      task.pointwise(tf.zeros([4, 2]), tf.zeros([4, 2]))
    with self.assertRaisesRegex(
      ValueError, r'`y` must have shape \[\.\.\., 2\]\. Received: y\.shape=\(\)'
    ):
      task.pointwise(tf.zeros([4, 3]), 1.0)

  def test_task_can_be_made_of_two_functions(self):
    def sample_fn(n, seed):
      del seed
      x = tf.range(n, dtype=tf.float64)[:, tf.newaxis]
      return x, x

    task = tasks.Task(
      'mine', 0.5, 1, 1, sample_fn, lambda x, y: x[..., 0] * y[..., 0]
    )
    self.assertAllEqual(task.pointwise(*task.sample(3, seed=0)), [0, 1, 4])
    self.assertEqual(
      repr(task), "Task(name='mine', mutual_information=0.5, dim_x=1, dim_y=1)"
    )

  def test_tensorflow_probability_is_imported_only_where_it_is_used(self):
    folder = pathlib.Path(tasks.__file__).parent
    for path in folder.glob('*.py'):
      for line in path.read_text(encoding='utf-8').splitlines():
        if line.startswith(('import ', 'from ')):
          self.assertNotIn('tensorflow_probability', line)


if __name__ == '__main__':
  test_util.main()
