"""Files of weights from which a training goes on as if it had not stopped."""

from mi_tf.estimators import distributed
from mi_tf.internal import random_states


class Model(distributed.Model):
  """A model that is saved with the states of its random layers.

  So it is in `.keras` and `.weights.h5` files of any model that holds it. The
  state of its optimizer is loaded too, if it was compiled.
  """

  def save_own_variables(self, store):
    super().save_own_variables(store)
    random_states.save(self, store)

  def load_own_variables(self, store):
    super().load_own_variables(random_states.load(self, store))
    weights = self.trainable_variables
    if self.compiled and weights and not self.optimizer.built:
      with self.strategy_scope():
        self.optimizer.build(weights)  # It is loaded next.
