"""One pass over blocks of rows of streamed scores: values and gradients."""

import functools

import tensorflow as tf

from mi_tf.internal import checks
from mi_tf.scores.streamed import accumulators as accumulators_lib
from mi_tf.scores.streamed import streamed_scores

_SECOND_DERIVATIVE = (
  'A bound of `StreamedScores` has first derivatives only, in reverse mode. '
  'Pass dense scores, `critic(x, y)`, where others are needed.'
)
_VARIABLES = (
  '`score_pairs` and `score_aligned` of `StreamedScores` must get variables '
  'from `weights`, or gradients would not reach them.'
)
_VALUE_ONLY = (
  'These `StreamedScores` were made with `gradient=False`, for values only. '
  'Make them with `gradient=True`.'
)


def run(streamed, accumulators, validate_args):
  """Returns one scalar for each of the accumulators, in one pass."""
  shifts = [a.row_shift for a in accumulators if a.row_shift is not None]
  inputs = [
    streamed.embedded_x,
    streamed.embedded_y,
    *streamed.weights,
    *shifts,
  ]
  num_inner = len(inputs) - len(shifts)

  @tf.custom_gradient
  def values(*inputs):
    # Otherwise an outer tape would keep each block.
    constants = [tf.stop_gradient(t) for t in inputs]
    inner, rows = constants[:num_inner], iter(constants[num_inner:])
    rows = [None if a.row_shift is None else next(rows) for a in accumulators]
    loop = _BlockLoop(streamed, accumulators, inner, rows, validate_args)
    results, gradients = loop.run()

    def backward(*upstream, variables=()):
      if variables:
        raise ValueError(_VARIABLES)
      if not streamed.gradient:
        raise ValueError(_VALUE_ONLY)
      return _scaled(len(inputs), *upstream, *inputs, *_flat(gradients))

    return tuple(results), backward

  def _flat(gradients):
    # For each accumulator: of x, y and weights, and of its shift.
    return [tf.stop_gradient(g) for each in gradients for g in each]

  def _scaled(num_inputs, *tensors):
    inputs = tensors[len(accumulators) : len(accumulators) + num_inputs]

    @tf.custom_gradient
    def scaled(*tensors):
      gradients = _combine(accumulators, num_inner, inputs, tensors)
      return gradients, functools.partial(_second_derivative, tensors)

    return scaled(*tensors)

  return values(*inputs)


def _second_derivative(tensors, *_):
  """Raises an error, at once or when the result is computed."""
  if tf.executing_eagerly():
    raise NotImplementedError(_SECOND_DERIVATIVE)
  # A persistent tape around a `tf.function` builds second derivatives that
  # nobody computes. XLA leaves the check out: the result is NaN there.
  error = tf.debugging.Assert(tf.constant(False), [_SECOND_DERIVATIVE])
  with tf.control_dependencies([error]):
    return [
      tf.fill(tf.shape(t), tf.constant(float('nan'), t.dtype)) for t in tensors
    ]


def _combine(accumulators, num_inner, inputs, tensors):
  """Returns the gradients of the inputs, given the gradients of the results."""
  upstream = tensors[: len(accumulators)]
  rest = list(tensors[len(accumulators) + len(inputs) :])
  totals, shifts = [], []
  for factor, accumulator in zip(upstream, accumulators):
    scaled = [
      tf.cast(factor, rest[0].dtype) * rest.pop(0) for _ in range(num_inner)
    ]
    totals = [a + b for a, b in zip(totals, scaled)] if totals else scaled
    if accumulator.row_shift is not None:
      shifts.append(factor * rest.pop(0))
  return tuple(tf.cast(g, t.dtype) for g, t in zip([*totals, *shifts], inputs))


def _unit(values, dtype):
  """Returns a divisor for `values` that are cast to `dtype`.

  In float16, the small values of a large batch would underflow.
  """
  if dtype != tf.float16:
    return tf.ones([], values.dtype)
  greatest = tf.reduce_max(tf.reduce_sum(tf.abs(values), axis=-1))
  return tf.where(greatest > 0, greatest, tf.ones_like(greatest))


class _BlockLoop:
  """The loop over blocks.

  The gradient of a value with respect to a block of scores is `diag(r) E`. E is
  a block, and r has one number for each row. With dot products, r scales the
  smaller matrices, not E.
  """

  def __init__(self, streamed, accumulators, inner, row_shifts, validate_args):
    self._streamed = streamed
    self._accumulators = accumulators
    self._x, self._y, *self._weights = inner
    self._row_shifts = row_shifts
    self._validate_args = validate_args
    self._dtype = checks.accumulation_dtype(streamed.dtype)
    self._blocks, self._rows = streamed.block_sizes()
    self._n = streamed_scores.size_of(self._x, 0)
    self._is_dot = streamed.score_pairs is None
    self._gradient = streamed.gradient
    if self._is_dot:
      # Matrix products with it are faster, of few rows twice as fast.
      self._y_transposed = tf.transpose(self._y)

  def run(self):
    """Returns the values, and for each the list of its gradients."""
    initial = [self._initial(s, shift) for s, shift in self._with_shifts()]
    _, states = tf.while_loop(
      lambda i, _: i < self._blocks,
      lambda i, states: (i + 1, self._add_block(i, states)),
      (tf.constant(0), initial),
      parallel_iterations=1,
    )
    values, gradients = [], []
    for (accumulator, shift), state in zip(self._with_shifts(), states):
      value, scale = accumulator.finish(state['sums'])
      values.append(value)
      if self._gradient:
        gradients.append(self._gradients(accumulator, shift, state, scale))
    return values, gradients

  def _with_shifts(self):
    return zip(self._accumulators, self._row_shifts)

  def _initial(self, accumulator, shift):
    """Returns the state of an accumulator before the first block."""
    state = {'sums': accumulator.initial(self._dtype)}
    if not self._gradient:
      return state
    array = functools.partial(
      tf.TensorArray, self._dtype, size=self._blocks, infer_shape=False
    )
    rows = self._rows if isinstance(self._rows, int) else None
    state['x'] = array(element_shape=[rows, self._x.shape[1]])
    y = self._y_transposed if self._is_dot else self._y
    state['y'] = tf.zeros(tf.shape(y), self._dtype)
    state['y'] = tf.ensure_shape(state['y'], y.shape)
    state['weights'] = [
      tf.zeros(tf.shape(w), checks.accumulation_dtype(w.dtype))
      for w in self._weights
    ]
    if shift is not None:
      state['shift'] = array(element_shape=[rows])
    if accumulator.rescales:
      state['units'] = array(element_shape=[])
    return state

  def _add_block(self, i, states):
    """Returns the states after block `i`."""
    first = tf.minimum(i * self._rows, self._n - self._rows)
    x = tf.slice(self._x, [first, 0], [self._rows, -1])
    x = tf.ensure_shape(x, [None, self._x.shape[1]])  # Slices forget it.
    scores, raw, vjp = self._scores(x)
    # Rows that the block before has too do not count again.
    new = tf.cast(first + tf.range(self._rows) >= i * self._rows, self._dtype)
    after = []
    for (accumulator, shift), state in zip(self._with_shifts(), states):
      if shift is not None:
        shift = tf.slice(shift, [first], [self._rows])
      block = accumulators_lib.Block(scores, raw, first, new, shift)
      sums, change = accumulator.add(state['sums'], block)
      state = {**state, 'sums': sums}
      if self._gradient:
        self._add_gradients(i, accumulator, state, vjp, *change())
      after.append(state)
    return after

  def _scores(self, x):
    """Returns a block of scores, the raw scores, and the gradients' function.

    In the scores, `-inf` becomes the lowest number.
    """
    if self._is_dot:
      scores = raw = tf.matmul(x, self._y_transposed)

      def vjp(values, rows):
        rows = rows[:, tf.newaxis]
        return (
          rows * tf.matmul(values, self._y),
          tf.matmul(rows * x, values, transpose_a=True),
          [],
        )

    else:
      inputs = [x, self._y, *self._weights]
      with tf.GradientTape(
        persistent=len(self._accumulators) > 1, watch_accessed_variables=False
      ) as tape:
        if self._gradient:
          tape.watch(inputs)
        own = self._streamed.score_pairs(*inputs)
      raw = tf.cast(own, self._dtype)
      # Rows must be finite.
      scores = tf.maximum(raw, raw.dtype.min)

      def vjp(values, rows):
        upstream = values * rows[:, tf.newaxis]
        unit = _unit(upstream, own.dtype)
        gradients = tape.gradient(
          own,
          inputs,
          tf.cast(upstream / unit, own.dtype),
          tf.UnconnectedGradients.ZERO,
        )
        x, y, *weights = (unit * tf.cast(g, unit.dtype) for g in gradients)
        return x, y, weights

    if self._validate_args:
      scores = checks.not_too_large(scores)
    return scores, raw, vjp

  def _add_gradients(self, i, accumulator, state, vjp, values, rows, units):
    """Adds a block's part to the gradients of an accumulator."""
    x, y, weights = vjp(values, rows)
    state['x'] = state['x'].write(i, tf.cast(x, self._dtype))
    sums = [state['y'], *state['weights']]
    if accumulator.rescales:
      old, new = units
      state['units'] = state['units'].write(i, new)
      sums = tf.cond(
        new > old,
        lambda: [tf.cast(tf.exp(old - new), t.dtype) * t for t in sums],
        lambda: [tf.identity(t) for t in sums],
      )
    state['y'], *state['weights'] = [
      total + tf.cast(g, total.dtype) for total, g in zip(sums, [y, *weights])
    ]
    if 'shift' in state:
      own = accumulator.shift_gradient(values, rows)
      state['shift'] = state['shift'].write(i, own)

  def _gradients(self, accumulator, shift, state, scale):
    """Returns the gradients of a value, in the order of its inputs."""
    x, scale_x = state['x'].stack(), 1.0
    if accumulator.rescales:
      scale_x, scale = scale(state['units'].stack())
      x *= scale_x[:, tf.newaxis, tf.newaxis]
    y, *weights = [
      t * tf.cast(scale, t.dtype) if accumulator.rescales else t
      for t in (state['y'], *state['weights'])
    ]
    gradients = [
      self._without_overlap(x),
      tf.transpose(y) if self._is_dot else y,
      *weights,
    ]
    if shift is not None:
      rows = state['shift'].stack()
      if accumulator.rescales:
        rows *= scale_x[:, tf.newaxis]
      gradients.append(self._without_overlap(rows))
    return gradients

  def _without_overlap(self, blocks):
    """Joins blocks of rows; the last may overlap the block before."""
    shape = tf.concat([[-1], tf.shape(blocks)[2:]], axis=0)
    rows = tf.reshape(blocks, shape)
    total = self._blocks * self._rows
    if isinstance(total, int) and total == self._n:
      return rows
    kept = total - self._rows
    return tf.concat([rows[:kept], rows[total - self._n + kept :]], axis=0)
