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
    *sides: for each argument the pair of arrays of the replicas.

  Returns:
    List of the results of `fn` on each replica.
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
  call = tf.function(
    lambda *args: strategy().run(fn, args=args), autograph=False
  )
  return _by_replica(call(*arguments))


def graph(fn):
  """Returns a function that shares the rows of arrays.

  Args:
    fn: function of `Tensor`s, whose first axes have unknown sizes.

  Returns:
    A function of a pair of `int`s, how many rows each replica has, and of
    arrays. It is traced once.
  """

  @tf.function(autograph=False)
  def call(ends, *tensors):
    def own():
      context = tf.distribute.get_replica_context()
      i = context.replica_id_in_sync_group
      return fn(*(t[ends[i] : ends[i + 1]] for t in tensors))

    return strategy().run(own)

  def shared(sizes, *arrays):
    ends = tf.constant([0, sizes[0], sum(sizes)])
    results = call(ends, *(tf.constant(a) for a in arrays))
    return _by_replica(results)

  return shared


def _by_replica(results):
  """Returns the list of results of the replicas."""
  return [
    tf.nest.map_structure(
      lambda t, i=i: strategy().experimental_local_results(t)[i], results
    )
    for i in range(2)
  ]
