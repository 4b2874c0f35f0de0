"""Whether TensorFlow sees an accelerator."""

import tensorflow as tf


def found():
  """Returns whether TensorFlow sees a device that is not a CPU."""
  devices = tf.config.list_logical_devices()
  return any(device.device_type != 'CPU' for device in devices)
