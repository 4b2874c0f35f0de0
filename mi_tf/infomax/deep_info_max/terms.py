"""The terms of Deep InfoMax's objective, for one replica or several."""

import math
import numbers

import tensorflow as tf

from mi_tf import bounds
from mi_tf.scores.replicas import collectives
from mi_tf.scores.replicas import replica_scores

OBJECTIVES = {
  'dv': bounds.lower_bound_donsker_varadhan,
  'info_nce': bounds.lower_bound_info_nce,
  'js': bounds.jensen_shannon_divergence,
}
# Weights of the global, the local and the prior's term in the paper.
SETTINGS = {
  'classification': (0.0, 1.0, 0.1),
  'reconstruction': (0.5, 1.0, 0.1),
}


def weights_of(weights):
  """Returns alpha, beta and gamma, for a name or three numbers."""
  if isinstance(weights, str) and weights in SETTINGS:
    return SETTINGS[weights]
  if (
    isinstance(weights, (tuple, list))
    and len(weights) == 3
    and all(isinstance(w, numbers.Real) for w in weights)
    and all(0.0 <= w < math.inf for w in weights)
    and (weights[0] or weights[1])
  ):
    return tuple(float(w) for w in weights)
  raise ValueError(
    f'`weights` must be one of {sorted(SETTINGS)}, or three finite numbers of '
    'at least 0, the first or the second of them above 0. '
    f'Received: weights={weights!r}.'
  )


def checked_objective(objective):
  """Returns `objective`, or raises a `ValueError`."""
  if objective not in OBJECTIVES:
    raise ValueError(
      f'`objective` must be one of {sorted(OBJECTIVES)}. '
      f'Received: objective={objective!r}.'
    )
  return objective


def check_critic(name, critic, kind):
  """Raises a `ValueError` unless a critic is `None` or of class `kind`."""
  if not isinstance(critic, (kind, type(None))):
    raise ValueError(
      f'`{name}` must be a `{kind.__name__}` of mi_tf. '
      f'Received: {name}={critic!r}.'
    )


def names(objective, global_critic, local_critic, discriminator):
  """Returns the names of the metrics of a model with these networks."""
  found = ['loss']
  for term, critic in (('global', global_critic), ('local', local_critic)):
    if critic is not None:
      found.append(f'{term}_mi')
      if objective == 'js':
        found.append(f'{term}_jsd')
  if discriminator is not None:
    found += ['prior_loss', 'discriminator_loss']
  return found


def global_scores(critic, feature_map, y, count, training):
  """Returns the scores `[n, m]` of maps and summaries, and their mask.

  The scores may be `ReplicaScores`. `count` is the number of negatives. `None`
  means all pairs if the critic's `pairs_are_cheap`, and 1 negative otherwise.
  """
  count = _count(critic, count)
  if _is_shared():
    scores = critic.across_replicas(
      feature_map, y, training=training, negative_samples=count
    )
    scores = scores.map(_at_least_float32)
    width = tf.shape(scores.scores)[-1]
  else:
    scores = _at_least_float32(
      critic(feature_map, y, training=training, negative_samples=count)
    )
    width = tf.shape(scores)[-1]
  return scores, None if count is None else tf.equal(tf.range(width), 0)


def local_scores(critic, feature_map, y, count, training, seed):
  """Returns the scores of each location, `[h w, n, m]`, and their mask.

  `seed`, shape `[2]`, determines the negatives, which differ between locations.
  The other arguments are as for `global_scores`.
  """
  count = _count(critic, count)
  all_y = replica_scores.ReplicaScores.gather(y) if _is_shared() else y
  shifts = mask = None
  if count is not None:
    shifts = 1 + tf.random.stateless_uniform(
      [feature_map.shape[1] * feature_map.shape[2], count],
      seed=seed,
      maxval=tf.maximum(tf.shape(all_y)[0] - 1, 1),
      dtype=tf.int32,
      alg='philox',
    )
    mask = tf.equal(tf.range(1 + count), 0)
  scores = critic(feature_map, all_y, training=training, shifts=shifts)
  scores = _at_least_float32(scores)
  if _is_shared():
    scores = replica_scores.ReplicaScores(scores, is_shared=count is None)
  return scores, mask


def values(objective, scores, mask, is_lone):
  """Returns a dict of the values of scores, as means over locations.

  'value' is the objective, to be maximized. 'mi' is a lower bound in nats.
  'jsd', for 'js' only, is twice the Jensen-Shannon divergence in nats. If
  `is_lone`, the batch is a single image, and all values are 0.
  """

  def mean(bound):
    if tf.get_static_value(is_lone):  # Bounds would refuse it.
      return 0.0 * tf.reduce_sum(scores)
    value = tf.reduce_mean(bound(scores, mask))
    return tf.where(is_lone, tf.zeros_like(value), value)

  value = mean(OBJECTIVES[objective])
  if objective != 'js':
    return {'value': value, 'mi': value}
  mi = mean(bounds.lower_bound_from_jensen_shannon)
  return {'value': value, 'mi': mi, 'jsd': value}


def adversarial_losses(discriminator, y, samples, training):
  """Returns the losses of encoder and discriminator, over all replicas.

  ```none
  encoder:        mean[ softplus(-D(y)) ]    (non-saturating)
  discriminator:  mean[ softplus(D(y)) + softplus(-D(samples)) ]
  ```

  D maps `[n, d]` to `[n, 1]`, a logit that is high for samples of the prior.
  Both losses have gradients to the weights of encoder and discriminator, so
  each optimizer must be applied only to the weights that it trains.
  """
  seen, prior = (
    _at_least_float32(discriminator(tf.cast(t, y.dtype), training=training))
    for t in (y, samples)
  )
  softplus = tf.math.softplus
  return _mean(softplus(-seen)), _mean(softplus(seen) + softplus(-prior))


def _count(critic, count):
  return 1 if count is None and not critic.pairs_are_cheap else count


def _is_shared():
  """Returns whether several replicas share a batch."""
  return collectives.num_replicas() > 1


def _at_least_float32(scores):
  """Returns scores in at least single precision."""
  return tf.cast(scores, tf.float32) if scores.dtype.size < 4 else scores


def _mean(values):
  """Returns the mean over the batches of all replicas.

  Each replica has the gradients of its samples; optimizers add the gradients.
  """
  total = tf.reduce_sum(values)
  count = tf.cast(collectives.total(tf.size(values)), values.dtype)
  return total * collectives.num_replicas() / count
