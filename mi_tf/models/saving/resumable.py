"""Files of weights from which a training goes on as if it had not stopped."""

import keras

from mi_tf.internal.keras_layers import random_states


class Model(keras.Model):
  """A model that is saved with the states of its random layers.

  So it is in `.keras` and `.weights.h5` files of any model that holds it.
  """

  def save_own_variables(self, store):
    super().save_own_variables(store)
    random_states.save(self, store)

  def load_own_variables(self, store):
    super().load_own_variables(random_states.load(self, store))
