"""Objectives that train with a bound and report the same bound."""

from typing import Any

import keras
import tensorflow as tf

from mi_tf import bounds
from mi_tf.bounds import facts
from mi_tf.internal import types
from mi_tf.objectives import objective
from mi_tf.scores import types as score_types


class BoundObjective(objective.Objective):
  """Maximizes and reports a bound: `value` is the bound, `loss` is `-value`.

  A subclass sets `bound`, a function of `mi_tf.bounds`. It may also set
  `facts`, which are the facts of the bound by default.
  """

  bound: Any = None

  def __init_subclass__(cls, **kwargs: Any) -> None:
    if 'bound' in vars(cls) and 'facts' not in vars(cls):
      cls.facts = facts.DECLARED[cls.bound]
    super().__init_subclass__(**kwargs)

  def value(
    self,
    logu: score_types.Scores,
    joint_sample_mask: score_types.Mask | None = None,
    x: types.Structure = None,
    y: types.Structure = None,
    sample_weight: score_types.SampleWeight | None = None,
  ) -> tf.Tensor:
    return self.bound(logu, joint_sample_mask, sample_weight=sample_weight)


@keras.saving.register_keras_serializable(package='mi_tf')
class InfoNce(BoundObjective):
  """InfoNCE: trained by and reported as `lower_bound_info_nce`."""

  bound: Any = staticmethod(bounds.lower_bound_info_nce)

  def _log_ratio(self, s, x, y):
    log_sum, log_num = s.row_log_sum_exp(), s.log_num_row_columns()
    return s.joint - s.rows(log_sum) + s.rows(log_num)


@keras.saving.register_keras_serializable(package='mi_tf')
class NguyenWainwrightJordan(BoundObjective):
  """NWJ: trained by and reported as `lower_bound_nguyen_wainwright_jordan`."""

  bound: Any = staticmethod(bounds.lower_bound_nguyen_wainwright_jordan)

  def _log_ratio(self, s, x, y):
    return s.joint - 1.0


@keras.saving.register_keras_serializable(package='mi_tf')
class DonskerVaradhan(BoundObjective):
  """Donsker-Varadhan, trained by the biased gradient of a batch's value."""

  bound: Any = staticmethod(bounds.lower_bound_donsker_varadhan)
  shift_free = True
