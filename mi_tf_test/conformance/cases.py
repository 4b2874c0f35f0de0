"""The tables of the conformance suite: each public name, and its arguments.

`completeness_test` fails if a public function or layer is in no table. Each
entry has all tests of its kind: `bounds_test`, `layers_test` (critics,
baselines and encoders), `estimators_test` and `fit_test` (objectives).
"""

import dataclasses
import inspect
import types

import keras
import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf.bounds import facts as facts_lib
from mi_tf.objectives import bound_objectives

# Base classes.
ABSTRACT = ('Critic', 'LocalCritic', 'Objective')

# `estimators_test` tests these with each objective; regularizers have tests of
# their own.
ESTIMATORS = ('MiEstimator',)
REGULARIZERS = ('MiRegularizer',)


@dataclasses.dataclass(frozen=True)
class Bound:
  """How a function of `mi_tf.bounds` is called.

  Attributes:
    tensors: dict, the name of each tensor argument to its shape in letters:
      'nm' is `[..., N, M]`, and '' is `[...]`. The first is the scores.
    options: dict, the scalar arguments.
    has_mask: `bool`, whether there is a `joint_sample_mask`.
    facts: `Facts` that the function declares.
  """

  tensors: dict = dataclasses.field(default_factory=lambda: {'logu': 'nm'})
  options: dict = dataclasses.field(default_factory=dict)
  has_mask: bool = True
  facts: facts_lib.Facts | None = None

  @property
  def streams(self):
    """Whether it takes `StreamedScores`."""
    return self.facts.streams

  def arguments(self, rng, batch=(), n=3, m=5):
    """Returns the tensor arguments, as a dict of float64 arrays."""
    sizes = {'n': n, 'm': m}
    shapes = {
      name: (*batch, *(sizes[letter] for letter in letters))
      for name, letters in self.tensors.items()
    }
    return {k: np.asarray(rng.normal(size=s) + 0.2) for k, s in shapes.items()}


BOUNDS = {
  'mi_club': Bound(),
  'mi_plug_in': Bound(),
  # Clips some of the scores.
  'mi_smile': Bound(options={'clip': 0.8}),
  'jensen_shannon_divergence': Bound(),
  'lower_bound_barber_agakov': Bound(
    {'logu': 'n', 'entropy': ''}, has_mask=False
  ),
  'lower_bound_donsker_varadhan': Bound(),
  'lower_bound_fenchel_legendre': Bound({'logu': 'nm', 'dual': 'nm'}),
  'lower_bound_from_jensen_shannon': Bound(),
  'lower_bound_info_nce': Bound(),
  'lower_bound_interpolated': Bound(
    {'logu': 'nm', 'log_baseline': 'n'}, {'alpha': 0.3}
  ),
  'lower_bound_jensen_shannon': Bound(),
  'lower_bound_nguyen_wainwright_jordan': Bound(),
  'lower_bound_tuba': Bound({'logu': 'nm', 'log_baseline': 'n'}),
  'upper_bound_barber_agakov': Bound(
    {'log_conditional': 'n', 'log_marginal': 'n'},
    has_mask=False,
  ),
  'upper_bound_leave_one_out': Bound(),
}
BOUNDS = {
  name: dataclasses.replace(case, facts=facts_lib.of(getattr(mi_tf, name)))
  for name, case in BOUNDS.items()
}

# The arguments of each layer, without encoders. Each differs from the default
# in some layer, so that an argument that is not saved is noticed.
CRITICS = {
  'BilinearCritic': dict(temperature=0.7, trainable_temperature=True),
  'ConcatCritic': dict(hidden_units=(7, 6), activation='tanh'),
  'EllipticalCritic': dict(
    hidden_units=(7, 6),
    embedding_size=3,
    activation='tanh',
    radial_maps=2,
    dof=4.5,
  ),
  'GaussianCritic': dict(
    hidden_units=(7, 6), activation='tanh', min_scale=0.05
  ),
  'InnerProductCritic': dict(
    normalize=True, temperature=0.5, trainable_temperature=True
  ),
  'SeparableCritic': dict(
    hidden_units=(7,),
    embedding_size=4,
    activation='tanh',
    normalize=True,
    temperature=0.5,
    trainable_temperature=True,
  ),
}

BASELINES = {
  'LearnedBaseline': dict(hidden_units=(7, 6), activation='tanh'),
  'MovingAverageBaseline': dict(decay=0.5),
}

# The arguments of each encoder of inputs of `X_SHAPE`.
ENCODERS = {
  'ConvNet': dict(
    filters=(3, 6),
    kernel_size=3,
    strides=1,
    output_size=4,
    image_shape=(2, 2, 1),
    kernel_initializer='he_normal',
  ),
  'Mlp': dict(
    units=(4, 4),
    activation='tanh',
    shortcuts=True,
    kernel_initializer='he_normal',
  ),
  'RealNvp': dict(
    num_couplings=3,
    hidden_units=(7, 6),
    least_scale=0.3,
    activation='tanh',
    kernel_initializer='he_normal',
    seed=5,
  ),
}

# Local critics of Deep InfoMax, and their arguments.
LOCAL_CRITICS = {
  'ConcatAndConvolveCritic': dict(hidden_units=(7, 6)),
  'EncodeAndDotCritic': dict(units=7),
}

# Models that learn representations: functions of a dtype policy.
MODELS = {
  'DeepInfoMax': lambda dtype: mi_tf.infomax.DeepInfoMax(
    *mi_tf.encoders.conv_stages((4, 4, 2), 3, 'sigmoid', (4, 5), 6, dtype),
    objective='dv',
    weights=(0.4, 0.8, 0.2),
    local_critic=mi_tf.infomax.ConcatAndConvolveCritic((7,), dtype=dtype),
    global_critic=mi_tf.SeparableCritic((7,), 4, dtype=dtype),
    prior='normal',
    discriminator=mi_tf.encoders.Mlp((5, 1), dtype=dtype),
    negative_samples=2,
    seed=5,
    dtype=dtype,
  ),
  'TwoViewInfoMax': lambda dtype: mi_tf.infomax.TwoViewInfoMax(
    mi_tf.encoders.Mlp((6, 4), dtype=dtype),
    mi_tf.encoders.Mlp((5, 4), dtype=dtype),
    critic=mi_tf.SeparableCritic((7,), 4, dtype=dtype),
    objective='nwj',
    target=0.5,
    negative_samples=2,
    dtype=dtype,
  ),
}

# The shapes of one sample of each input.
MODEL_SHAPES = {'DeepInfoMax': [(4, 4, 2)], 'TwoViewInfoMax': [(5,), (3,)]}

# All layers of `layers_test`.
LAYERS = (*CRITICS, *BASELINES, *ENCODERS)


@keras.saving.register_keras_serializable('mi_tf_test')
def own_function(logu, joint_sample_mask):
  """A user's function of scores, without declared facts."""
  return mi_tf.lower_bound_nguyen_wainwright_jordan(logu, joint_sample_mask)


# Functions that return the arguments of an objective, which are not defaults.
OBJECTIVES = {
  'club': dict,
  'dv': dict,
  'flo': lambda: dict(dual=mi_tf.ConcatCritic((7,), activation='tanh')),
  'function': lambda: dict(identifier=own_function),
  'info_nce': dict,
  'interpolated': lambda: dict(
    alpha=0.3, baseline=mi_tf.MovingAverageBaseline(0.5)
  ),
  'js': lambda: dict(negative_weight=3.0),
  'leave_one_out': dict,
  'mine': lambda: dict(ema_decay=0.5),
  'nwj': dict,
  'smile': lambda: dict(clip=0.3),
  'tuba': lambda: dict(baseline=mi_tf.LearnedBaseline((7,), activation='tanh')),
  'variational': dict,
}

# Fit, saving and strategies depend on these features of an objective: a loss
# that is not minus the value, weights, state, use of x and y, streaming. These
# objectives have all features, and stand for all where only features matter.
REPRESENTATIVES = {
  'flo': 'weights that read x and y; needs dense scores',
  'function': "a user's own function of scores",
  'js': 'a loss that is not minus the value',
  'mine': 'a state that each update moves',
  'tuba': 'weights that read x, and stream',
  'variational': 'weights that read y; log densities',
}

# To save time, half of the objectives are tested with few negatives, the others
# with all.
_FEW_NEGATIVES = (
  'dv',
  'function',
  'interpolated',
  'js',
  'leave_one_out',
  'mine',
)
TURNS = tuple(
  (name, 2 if name in _FEW_NEGATIVES else None) for name in OBJECTIVES
)


@keras.saving.register_keras_serializable('mi_tf_test')
class DensityCritic(mi_tf.SeparableCritic):
  """A separable critic that counts as a log density, for any objective."""

  is_log_density = True


# The shapes of one x and one y.
X_SHAPE, Y_SHAPE = (4,), (3,)
ENCODED_SIZE = 5


def encoder(dtype=None):
  """Returns a small network for one side, to vectors of `ENCODED_SIZE`."""
  return keras.Sequential(
    [keras.layers.Dense(ENCODED_SIZE, 'tanh', dtype=dtype)]
  )


def make_layer(name, dtype=None):
  """Returns a new layer of the tables; critics and baselines with encoders."""
  if name in ENCODERS:
    return getattr(mi_tf.encoders, name)(**ENCODERS[name], dtype=dtype)
  if name in CRITICS:
    kwargs = {
      **CRITICS[name],
      'x_encoder': encoder(dtype),
      'y_encoder': encoder(dtype),
    }
  else:
    kwargs = dict(BASELINES[name])
    if 'x_encoder' in inspect.signature(getattr(mi_tf, name)).parameters:
      kwargs['x_encoder'] = encoder(dtype)
  return getattr(mi_tf, name)(**kwargs, dtype=dtype)


def make_objective(name):
  """Returns a new objective of the table."""
  return mi_tf.get_objective(**{'identifier': name, **OBJECTIVES[name]()})


def build_layer(layer, rng):
  """Builds a layer of the tables, with random weights and none of zero."""
  if isinstance(layer, mi_tf.Critic):
    layer.build((None, *X_SHAPE), (None, *Y_SHAPE))
  else:
    layer.build((None, *X_SHAPE))
  for v in layer.weights:
    if 'int' in v.dtype:
      continue  # An order, such as a permutation.
    v.assign(0.5 * rng.normal(size=v.shape))
  return layer


def samples(rng, n, dtype=np.float32):
  """Returns `n` samples of x and of y, which depend on each other."""
  x = rng.normal(size=(n, *X_SHAPE))
  y = x[:, : Y_SHAPE[0]] + rng.normal(size=(n, *Y_SHAPE))
  return x.astype(dtype), y.astype(dtype)


def public_layers():
  """Returns the names of all Keras layers that packages of mi_tf export."""
  packages = [
    value
    for value in (getattr(mi_tf, name) for name in mi_tf.__all__)
    if isinstance(value, types.ModuleType)
  ]
  return {
    name
    for package in packages
    for name in package.__all__
    if isinstance(getattr(package, name), type)
    and issubclass(getattr(package, name), keras.layers.Layer)
  }


def objective_classes():
  """Returns all classes of objectives that mi_tf defines."""
  found, left = set(), [mi_tf.Objective]
  while left:
    subclasses = left.pop().__subclasses__()
    found.update(subclasses)
    left.extend(subclasses)
  found.remove(bound_objectives.BoundObjective)  # A base class.
  return {c for c in found if c.__module__.startswith('mi_tf.')}


def to_float64(x):
  """Returns a `Tensor` of any floating dtype as a float64 array."""
  return tf.cast(x, tf.float64).numpy()
