"""The mutual information of layers with targets or inputs, in training."""

from collections.abc import Collection
import math
import numbers
from typing import Any

import keras
import numpy as np

from mi_tf.callbacks import held_out_samples
from mi_tf.callbacks import layer_estimates
from mi_tf.callbacks import layer_outputs
from mi_tf.callbacks import measurement_callback
from mi_tf.estimation.estimate_mi import estimate_mi
from mi_tf.internal import checks
from mi_tf.internal import types
from mi_tf.results import mi_estimate

# The keys in the logs, by the variable that a layer is compared with.
_NAMES = {'x': 'mi_x_{}', 'y': 'mi_{}_y'}


class MutualInformation(measurement_callback.MeasurementCallback):
  """Adds the mutual information of layers with targets or inputs to the logs.

  While any Keras model is trained, `mi_tf.estimate_mi` estimates I(layer; y) on
  held-out samples:

  ```python
  mi = mi_tf.callbacks.MutualInformation((x_val, y_val), 'code', every=5)
  model.fit(x, y, epochs=20, callbacks=[mi])
  mi.history['mi_code_y']  # nats, at the epochs mi.history['epoch']
  mi.estimates['mi_code_y'][-1]  # a MiEstimate: interval, bound, warnings
  ```

  Compare several layers with x and y to draw an information plane:

  ```python
  plane = mi_tf.callbacks.MutualInformation(
    (x_val, y_val), ['hidden', 'code'], against=('x', 'y'), noise=.1,
    every=[0, 1, 2, 5, 10, 20],
  )
  model.fit(x, y, epochs=20, callbacks=[plane])
  mi_tf.plotting.information_plane(plane.history)
  ```

  A layer is a function of x. Without noise, I(x; layer) is the entropy of the
  layer, which is infinite for continuous values, whatever the layer has learned
  [1]. Gaussian `noise`, Z, is therefore added to the layer's values. I(x; layer
  + Z) equals I(layer; layer + Z), and measures how many inputs can be
  distinguished at the resolution of the noise. The density of the noise is
  known, so no critic is trained. `mi` is InfoNCE, a lower bound that can't
  exceed the logarithm of the number of samples. The interval reaches from `mi`
  to an upper bound.

  For each layer, an estimate with y takes this CPU time, in seconds on one
  core:

  ```none
                          2,000 rows             500 rows
  units of the layer   10 classes  1 number   10 classes  1 number
   16                     1.0         .4          1.0         .4
   64                     1.2         .5          1.0         .3
  512                    15           .4          2           .2
  512, components=64      1.5         .6           .8         .5
  ```

  `every`, `samples` and `components` reduce the cost. With `components=k`, a
  layer is represented by k principal components of its held-out values, which
  can only lose information. Without `components`, feature maps, shape `[n,
  height, width, channels]`, need a trained critic, which takes minutes.

  Logs of epochs without an estimate contain NaN, so that `CSVLogger` has the
  column. Keras's loggers, and callbacks that monitor an estimate, may have any
  place in the list of callbacks. Other callbacks that read an estimate must
  come after `MutualInformation`. A callback that monitors an estimate needs
  `mode='max'` (or 'min'), and a `patience` of at least the number of epochs
  from one estimate to the next:

  ```python
  model.fit(x, y, epochs=20, callbacks=[
    mi_tf.callbacks.MutualInformation((x_val, y_val), 'code', every=5),
    keras.callbacks.EarlyStopping('mi_code_y', mode='max', patience=10),
    keras.callbacks.CSVLogger('training.csv'),
  ])
  ```

  Attributes:
    history: dict of lists. 'epoch' holds the numbers of completed epochs, and
      each key of the logs holds the estimates in nats.
    estimates: dict of lists. Each key of the logs holds the `MiEstimate`s.

  #### References

  [1]: Ziv Goldfeld, Ewout van den Berg, Kristjan Greenewald, Igor Melnyk, Nam
       Nguyen, Brian Kingsbury, Yury Polyanskiy. Estimating Information Flow in
       Deep Neural Networks. _International Conference on Machine Learning_,
       2019. https://arxiv.org/abs/1810.05728
  """

  def __init__(
    self,
    data: Any,
    layers: str | list[str] | dict[str, str | types.Function] | None = None,
    against: str | tuple[str, ...] = 'y',
    noise: float | None = None,
    every: int | Collection[int] = 1,
    samples: int = 2000,
    seed: int = 0,
    components: int | None = None,
    **options: Any,
  ) -> None:
    """Makes the callback.

    Args:
      data: held-out samples, arrays `(x, y)` or `(x, y, sample_weight)`; or a
        `tf.data.Dataset` or `keras.utils.PyDataset` of batches of these arrays,
        whose first `samples` rows are read at once. x is an input of the model
        or the layers, an array or a structure of arrays. y is an array
        `[n, ...]` of targets, classes or another variable.
      layers: name of a layer of the model, or a list of names. A layer of a
        nested model has the name 'outer/inner', or 'inner' if this name is
        unique. Or a dict from names in the logs to names of layers, layers,
        models or functions of x, such as `{'code': encoder}`. Default value:
        `None` (the output of the model, named 'output').
      against: the variables that layers are compared with: 'y', 'x' or a tuple
        of both. Keys in the logs are 'mi_NAME_y' and 'mi_x_NAME'.
      noise: the standard deviation of Gaussian noise that is added to each
        number of a layer. Required for `against='x'`; pass 0 if layers are
        random or take few values. Default value: `None` (no noise).
      every: the number of epochs from one estimate to the next, at least 1. The
        last epoch always has an estimate. Or a collection of numbers of
        completed epochs. An estimate after 0 epochs, before training, is only
        in `history`. If a callback monitors an estimate, the first epoch that
        the callback reads also has an estimate.
      samples: the maximal number of samples, taken from the start.
      seed: seed of the noise and of `estimate_mi`.
      components: the number of principal components that represent a larger
        layer when it is compared with y. Default value: `None` (all units).
      **options: other options of `mi_tf.estimate_mi`, whose `x` is the layer,
        such as `method='classifier'`, or `groups` of all samples of `data`.

    Raises:
      ValueError: if an argument is invalid, if there are fewer than 40 samples,
        or if `estimate_mi` does not accept y; when training begins, if a layer
        is not found or does not accept x, if another callback or a metric has a
        key of this callback, or if a callback's patience ends between two
        estimates; in training, if a layer is not finite.
      TypeError: if an argument has a wrong type, or if `estimate_mi` has no
        option of a given name.
    """
    self._against = (against,) if isinstance(against, str) else tuple(against)
    if not self._against or not set(self._against) <= set(_NAMES):
      raise ValueError(
        f"`against` must be 'x', 'y' or both. Received: against={against!r}."
      )
    if noise is None and 'x' in self._against:
      raise ValueError(
        "`noise` must be given for against='x': without it, I(x; layer) of a "
        'layer that is a function of x is the entropy of the layer.'
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
    x, y, weights = held_out_samples.read(data, samples=samples)
    # Rows of weight 0 must not change principal components.
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
      layer_estimates.check_options(self._y, **self._options)
    self._encoders: Any = None  # A dict, once there is a model.
    self.history: dict[str, list] = {'epoch': []}
    self.estimates: dict[str, list[mi_estimate.MiEstimate]] = {}

  def set_model(self, model: keras.Model) -> None:
    """Sets the model, as Keras does before the training."""
    if model is not self.model:
      self._encoders = None
    super().set_model(model)

  def estimate(self) -> dict[str, mi_estimate.MiEstimate]:
    """Returns the estimates of the current model, by their keys in the logs."""
    if self._encoders is None:
      self._prepare()
    found = {}
    for name, encode in self._encoders.items():
      values = encode(self._x)
      if not np.all(np.isfinite(values)):
        raise ValueError(f'Layer {name!r} must be finite, and is not.')
      if values.ndim != 4:  # Feature maps keep their shape.
        values = values.reshape([len(values), -1])
      seed = self._options['seed']
      noise = np.random.default_rng(seed).normal(size=values.shape)
      noisy = values + np.asarray(self._noise * noise, values.dtype)
      if 'x' in self._against:
        found[_NAMES['x'].format(name)] = (
          layer_estimates.through_noise(values, noisy, self._noise, seed)
          if self._noise
          else self._estimate(noisy, self._x)
        )
      if 'y' in self._against:
        found[_NAMES['y'].format(name)] = self._estimate(
          layer_estimates.principal_components(
            noisy, self._components, self._options.get('sample_weight')
          ),
          self._y,
        )
    return found

  def _estimate(self, values, other):
    if np.all(values == values[0]):
      return layer_estimates.of_constant(len(values))
    return estimate_mi(values, other, **self._options)

  def _prepare(self):
    """Makes the functions from x to layers."""
    self._encoders = {
      name: layer_outputs.for_model(layer, self.model, self._x)
      for name, layer in self._layers.items()
    }

  def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
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
  """Returns the argument `layers` as a dict."""
  if layers is None:
    return {'output': None}
  if isinstance(layers, str):
    return {layers: layers}
  if isinstance(layers, (list, tuple)) and all(
    isinstance(layer, str) for layer in layers
  ):
    measurement_callback.check_different(layers)
    return {layer: layer for layer in layers}
  if not isinstance(layers, dict) or not layers:
    raise TypeError(
      '`layers` must be the name of a layer, a list of names, or a dict such '
      f"as {{'code': encoder}}. Received: type {type(layers).__name__}."
    )
  for name, layer in layers.items():
    layer_outputs.check_kind(layer, f'layers[{name!r}]')
  return layers
