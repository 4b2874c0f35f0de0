"""What the layers of a network know of targets and of inputs."""

import math
import numbers

import keras
import numpy as np

from mi_tf.callbacks import encoding
from mi_tf.callbacks import estimating
from mi_tf.callbacks import held_out
from mi_tf.callbacks import measuring
from mi_tf.callbacks import noisy_layers
from mi_tf.estimation.estimate_mi import estimate_mi
from mi_tf.internal import checks
from mi_tf.results import mi_estimate

# In the logs, by what a layer is compared with.
_NAMES = {'x': 'mi_x_{}', 'y': 'mi_{}_y'}


class MutualInformation(measuring.Measuring):
  """Adds what layers know of targets, or of inputs, to what `fit` reports.

  On held-out samples, I(layer; y) is estimated by `mi_tf.estimate_mi` while a
  model is trained, whatever the model is:

  ```python
  mi = mi_tf.callbacks.MutualInformation((x_val, y_val), 'code', every=5)
  model.fit(x, y, epochs=20, callbacks=[mi])
  mi.history['mi_code_y']  # nats, at the epochs mi.history['epoch']
  mi.estimates['mi_code_y'][-1]  # a MiEstimate: interval, bound, warnings
  ```

  Several layers, and inputs too, are an information plane:

  ```python
  plane = mi_tf.callbacks.MutualInformation(
    (x_val, y_val), ['hidden', 'code'], against=('x', 'y'), noise=.1,
    every=[0, 1, 2, 5, 10, 20],
  )
  model.fit(x, y, epochs=20, callbacks=[plane])
  mi_tf.plotting.information_plane(plane.history)
  ```

  A layer is a function of x: without noise, I(x; layer) is as great as the
  entropy of x, infinite for continuous inputs, whatever the layer has learned
  [1]. Therefore Gaussian `noise`, Z, is added to the layer's values. I(x; layer
  + Z), which equals I(layer; layer + Z), tells how many inputs are told apart
  at that resolution, and depends on it. The density of the noise is known: no
  critic is trained, `mi` is InfoNCE (a lower bound, at most the logarithm of
  the number of samples), and the interval reaches to an upper bound.

  What it costs, in CPU seconds for each layer and evaluation (`estimate()` is
  one: time it on yours), on one core of a server, by what y is:

  ```none
                          2,000 rows             500 rows
  units of the layer   10 classes  1 number   10 classes  1 number
   16                     1.0         .4          1.0         .4
   64                     1.2         .5          1.0         .3
  512                    15           .4          2           .2
  512, components=64      1.5         .6           .8         .5
  ```

  Choose it by `every`, by `samples`, and, for layers of hundreds of units or
  maps of features, by `components`: the layer is then represented by so many
  principal components of its held-out values, which can only lose information
  (of quiet directions). Without `components`, layers that are maps of features,
  shape `[n, height, width, channels]`, train a critic, which takes minutes. The
  training of the model goes the same way as without the callback.

  Logs of epochs without an estimate have NaN, so that `CSVLogger` has the
  column. Keras's loggers, and callbacks that monitor an estimate, may stand
  anywhere in the list of callbacks; other callbacks that read it must stand
  behind this one. Those that monitor need `mode='max'` (or 'min'), and a
  `patience`, in epochs, that reaches from one estimate to the next:

  ```python
  model.fit(x, y, epochs=20, callbacks=[
    mi_tf.callbacks.MutualInformation((x_val, y_val), 'code', every=5),
    keras.callbacks.EarlyStopping('mi_code_y', mode='max', patience=10),
    keras.callbacks.CSVLogger('training.csv'),
  ])
  ```

  Attributes:
    history: dict of lists, 'epoch' (how many were done) and, for each name
      among the logs, the estimates in nats.
    estimates: dict of lists, the same as `MiEstimate`s.

  #### References

  [1]: Ziv Goldfeld, Ewout van den Berg, Kristjan Greenewald, Igor Melnyk, Nam
       Nguyen, Brian Kingsbury, Yury Polyanskiy. Estimating Information Flow in
       Deep Neural Networks. _International Conference on Machine Learning_,
       2019. https://arxiv.org/abs/1810.05728
  """

  def __init__(
    self,
    data,
    layers=None,
    against='y',
    noise=None,
    every=1,
    samples=2000,
    seed=0,
    components=None,
    **options,
  ):
    """Makes the callback.

    Args:
      data: held-out samples, rows of which belong together: arrays `(x, y)` or
        `(x, y, sample_weight)`, x as the model or the layers take it (an array,
        or a structure of arrays), y an array `[n, ...]` of targets, classes, or
        anything else; or a `tf.data.Dataset` or `keras.utils.PyDataset` of
        batches of such, of which the first `samples` rows are read at once.
      layers: name of a layer of the model (of a nested model's: 'outer/inner',
        or 'inner' if one layer has it), or a list of such; or a dict from names
        among the logs to names of layers, layers, models or functions of x,
        such as `{'code': encoder}`. Default value: `None`, what the model
        returns, named 'output'.
      against: 'y', 'x' or both in a tuple: what a layer is compared with. Logs
        are named 'mi_NAME_y' and 'mi_x_NAME'.
      noise: `float`, the standard deviation of Gaussian noise that is added to
        each number of a layer. It must be given for 'x'; 0 is for layers that
        are random, or take few values. Default value: `None`, none.
      every: positive `int`, how many epochs lie between estimates (the last
        epoch has one, too); or a collection of numbers of epochs done, of which
        0 is before the training, in `history` alone. Where a callback monitors
        an estimate, the first epoch that it looks at has one besides.
      samples: `int`, how many samples to take, from the first on, at most.
      seed: `int`, of the noise and of `estimate_mi`.
      components: positive `int`, how many principal components stand for a
        layer that has more units, flattened, when it is compared with y; fewer
        cost less, see above. Default value: `None`, all units.
      **options: others of `mi_tf.estimate_mi`, whose `x` is the layer, such as
        `method='classifier'`, or `groups` for all samples of `data`.

    Raises:
      ValueError: if an argument is not as described, there are fewer than 40
        samples, or y is nothing that can be compared; when training begins, if
        a layer is not found or doesn't take x, another callback or a metric has
        its name, or a callback's patience ends between two estimates; in
        training, if a layer is not finite.
      TypeError: if an argument is of another kind, or `estimate_mi` has none of
        that name.
    """
    self._against = (against,) if isinstance(against, str) else tuple(against)
    if not self._against or not set(self._against) <= set(_NAMES):
      raise ValueError(
        f"`against` must be 'x', 'y' or both. Received: against={against!r}."
      )
    if noise is None and 'x' in self._against:
      raise ValueError(
        "`noise` must be given for against='x': without it, I(x; layer) of a "
        'layer that is a function of x is that of x with itself.'
      )
    if noise is not None and not (
      isinstance(noise, numbers.Real) and 0.0 <= noise < math.inf
    ):
      raise ValueError(
        f'`noise` must be at least 0, a finite number. Received: noise={noise}.'
      )
    checks.integers_at_least(
      {
        'samples': (1, samples),
        'components': (1, 1 if components is None else components),
      }
    )
    self._layers = _named(layers)
    super().__init__(
      [_NAMES[t].format(name) for name in self._layers for t in self._against],
      every,
    )
    x, y, weights = held_out.read(data, samples=samples)
    # Rows that don't count have no part in components either.
    counts = slice(None) if weights is None else weights > 0.0
    self._x, self._y = (
      keras.tree.map_structure(lambda t: t[counts], side) for side in (x, y)
    )
    self._noise = noise or 0.0
    self._components = components
    self._options = {'seed': seed, **options}
    if options.get('groups') is not None:
      self._options['groups'] = np.asarray(options['groups'])[:samples][counts]
    if weights is not None:
      if 'x' in self._against:
        raise ValueError(
          "`data` must have no weights for against='x', which has none."
        )
      self._options['sample_weight'] = weights[counts]
    if 'y' in self._against:
      estimating.check(self._y, **self._options)
    self._encoders = None
    self.history = {'epoch': []}
    self.estimates = {}

  def set_model(self, model):
    """Takes the model, as Keras gives it before the training."""
    if model is not self.model:
      self._encoders = None
    super().set_model(model)

  def estimate(self):
    """Returns a dict of `MiEstimate`s of the model as it is now."""
    if self._encoders is None:
      self._prepare()
    found = {}
    for name, encode in self._encoders.items():
      values = encode(self._x)
      if not np.all(np.isfinite(values)):
        raise ValueError(f'Layer {name!r} must be finite, and is not.')
      if values.ndim != 4:  # Not a map of features.
        values = values.reshape([len(values), -1])
      seed = self._options['seed']
      noise = np.random.default_rng(seed).normal(size=values.shape)
      noisy = values + np.asarray(self._noise * noise, values.dtype)
      if 'x' in self._against:
        found[_NAMES['x'].format(name)] = (
          noisy_layers.estimate(values, noisy, self._noise, seed)
          if self._noise
          else self._estimate(noisy, self._x)
        )
      if 'y' in self._against:
        found[_NAMES['y'].format(name)] = self._estimate(
          estimating.projected(
            noisy, self._components, self._options.get('sample_weight')
          ),
          self._y,
        )
    return found

  def _estimate(self, values, other):
    if np.all(values == values[0]):
      return _nothing(len(values))
    return estimate_mi(values, other, **self._options)

  def _prepare(self):
    """Makes the functions of x that layers are."""
    self._encoders = {
      name: encoding.for_model(layer, self.model, self._x)
      for name, layer in self._layers.items()
    }

  def on_train_begin(self, logs=None):
    super().on_train_begin(logs)
    if self._encoders is None:
      self._prepare()
    if self._is_due(0) and not self.history['epoch']:
      self._measure(0)

  def _measure(self, done):
    found = self.estimate()
    self.history['epoch'].append(done)
    for name, estimate in found.items():
      self.history.setdefault(name, []).append(estimate.mi)
      self.estimates.setdefault(name, []).append(estimate)
    return {name: estimate.mi for name, estimate in found.items()}


def _named(layers):
  """Returns a dict from names among the logs to layers, by name or themselves.

  Args:
    layers: as for `MutualInformation`.
  """
  if layers is None:
    return {'output': None}
  if isinstance(layers, str):
    return {layers: layers}
  if isinstance(layers, (list, tuple)) and all(
    isinstance(layer, str) for layer in layers
  ):
    measuring.check_different(layers)
    return {layer: layer for layer in layers}
  if not isinstance(layers, dict) or not layers:
    raise TypeError(
      '`layers` must be the name of a layer, a list of names, or a dict such '
      f"as {{'code': encoder}}. Received: type {type(layers).__name__}."
    )
  for name, layer in layers.items():
    encoding.check_kind(layer, f'layers[{name!r}]')
  return layers


def _nothing(n):
  """Returns the estimate for a layer that is constant."""
  return mi_estimate.MiEstimate(
    mi=0.0,
    stderr=0.0,
    interval=(0.0, 0.0),
    lower_bound=0.0,
    pointwise=np.zeros(n),
    indices=np.arange(n),
    num_samples=n,
    guarantee='none',
    diagnostics={},
    warnings=('The layer is constant.',),
  )
