"""Everyday pairs from `mi_tf.tasks`: Gaussian-like and Beyond Normal tasks."""

import numpy as np

from mi_tf import tasks as sources
from mi_tf.benchmarks.everyday.tasks import task as task_lib


def from_source(
  source, group, n, split='report', name=None, tolerance=(0.03, 0.0)
):
  """Returns the `Task` of an `mi_tf.tasks.Task`.

  Args:
    source: `mi_tf.tasks.Task`.
    group: `str`.
    n: `int`.
    split: 'report' or 'dev'.
    name: `str`. Default value: `None`, the name of `source`.
    tolerance: as in `task.Task`.
  """

  def draw(rng, n):
    x, y = source.sample(n, seed=int(rng.integers(2**31)))
    return _array(x), _array(y)

  prefix = f'{group}/dev-' if split == 'dev' else f'{group}/'
  return task_lib.Task(
    prefix + (name or source.name),
    group,
    n,
    draw,
    source.mutual_information,
    split=split,
    tolerance=tolerance,
  )


def _array(values):
  """Returns an array of one column as a vector."""
  values = np.asarray(values)
  return values[:, 0] if values.shape[1:] == (1,) else values


def gaussian_tasks():
  """Returns the list of the Gaussian-like tasks."""
  normal = sources.correlated_gaussian

  def dense(dim, nats):
    return sources.linear_mix(normal(dim, mutual_information=nats))

  report = [
    *(normal(1, rho=rho) for rho in (0.0, 0.3, 0.8)),
    normal(3, rho=0.0),
    normal(10, rho=0.0),
    dense(2, 0.5),
    dense(5, 1.0),
    dense(10, 3.0),
    sources.cubed(normal(3, rho=0.6)),
    sources.asinh(sources.student_t(2, 2, 2)),
    sources.student_t(3, 3, 4),
  ]
  dev = [
    *(normal(1, rho=rho) for rho in (0.1, 0.5, 0.95)),
    normal(5, rho=0.0),
    dense(3, 1.5),
    dense(8, 2.0),
    sources.half_cube(dense(4, 1.0)),
    sources.student_t(2, 2, 3),
  ]
  return [
    from_source(source, 'gaussian', n, split, f'{source.name}-{n}')
    for split, made in (('report', report), ('dev', dev))
    for source in made
    for n in (1000, 10_000)
  ]


def beyond_normal_tasks():
  """Returns the tasks of Beyond Normal, and a few similar tasks for 'dev'."""
  normal = sources.correlated_gaussian(1, rho=0.6)
  sparse = {dim: sources.sparse_gaussian(dim, dim) for dim in (4, 10)}
  dev = [
    sources.wiggly(normal),
    sources.half_cube(normal),
    sources.bimodal(0.6),
    sources.additive_uniform(0.2),
    sources.swiss_roll(sources.normal_cdf(normal)),
    sources.dense_gaussian(10, 10),
    *(sources.normal_cdf(task) for task in sparse.values()),
    *(sources.half_cube(task) for task in sparse.values()),
    *(sources.spiral(task) for task in sparse.values()),
    sources.student_t(4, 4, 2),
    sources.asinh(sources.student_t(4, 4, 2)),
  ]
  return [
    from_source(source, 'beyond_normal', 10_000, split)
    for split, made in (('report', sources.beyond_normal()), ('dev', dev))
    for source in made
  ]
