"""TensorFlow Probability's bounds, imported without its warnings."""

import warnings


def mutual_information():
  """Returns the module `tfp.vi.mutual_information`."""
  with warnings.catch_warnings():
    # The version checks of its first import use distutils' classes.
    warnings.filterwarnings(
      'ignore', 'distutils Version classes', DeprecationWarning
    )
    import tensorflow_probability as tfp

    return tfp.vi.mutual_information
