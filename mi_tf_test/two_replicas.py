"""Two logical CPUs as the replicas of a `tf.distribute.MirroredStrategy`."""

import functools

import tensorflow as tf

from mi_tf_test import test_util  # noqa: F401, makes the logical CPUs.


@functools.cache
def strategy():
  """Returns the strategy."""
  return tf.distribute.MirroredStrategy(['/cpu:0', '/cpu:1'])


def split(array, sizes):
  """Returns the rows of each replica."""
  return array[: sizes[0]], array[sizes[0] : sum(sizes)]


def run(fn, *sides):
  """Calls `fn` on both replicas in a graph.

  Args:
    fn: function of `Tensor`s.
    *sides: pairs of arrays, for each argument those of the replicas.

  Returns:
    List of what `fn` returned on each replica.
  """
  arguments = [
    strategy().experimental_distribute_values_from_function(
      lambda context, side=side: tf.constant(
        side[context.replica_id_in_sync_group]
      )
    )
    for side in sides
  ]
  # Replicas can't wait for each other inside of a function of their own.
  graph = tf.function(
    lambda *args: strategy().run(fn, args=args), autograph=False
  )
  results = graph(*arguments)
  return [
    tf.nest.map_structure(
      lambda t, i=i: strategy().experimental_local_results(t)[i], results
    )
    for i in range(2)
  ]
