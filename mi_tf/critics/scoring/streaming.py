"""Streams the scores of a critic, with the gradients of its weights."""

import keras
import tensorflow as tf


def arguments(critic, embedded_x, embedded_y):
  """Returns the arguments of `StreamedScores` besides the embeddings."""
  # Scoring one pair shows which weights the scores depend on.
  with _Reads(critic.weights) as reads:
    pair = critic.score_pairs(embedded_x[:1], embedded_y[:1])
  variables = reads.variables

  def substituted(function):
    def call(x, y, *weights):
      with keras.StatelessScope(state_mapping=zip(variables, weights)):
        return function(x, y)

    return call

  return dict(
    score_pairs=substituted(critic.score_pairs),
    score_aligned=substituted(critic.score_aligned),
    weights=[reads.values[id(v)] for v in variables],
    dtype=pair.dtype,
    numbers_per_pair=critic.numbers_per_pair(),
  )


class _Reads(keras.StatelessScope):
  """A scope that records which variables are read in it.

  Inside, variables have the values that they have outside of the scope.

  Attributes:
    variables: list of the variables that were read.
    values: dict, from the `id` of a variable to its value, a `Tensor`.
  """

  def __init__(self, variables):
    self.variables = []
    self.values = {id(v): tf.convert_to_tensor(v) for v in variables}
    super().__init__([(v, self.values[id(v)]) for v in variables])

  def get_current_value(self, variable):
    known = id(variable) in self.values
    if known and not any(v is variable for v in self.variables):
      self.variables.append(variable)
    return super().get_current_value(variable)
