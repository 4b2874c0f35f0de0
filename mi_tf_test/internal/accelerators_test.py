"""Tests for mi_tf.internal.accelerators."""

from unittest import mock

import tensorflow as tf

from mi_tf.internal import accelerators
from mi_tf_test import test_util


class AcceleratorsTest(test_util.TestCase):
  def test_a_device_other_than_a_cpu_is_one(self):
    for types, expected in (
      (['CPU'], False),
      (['CPU', 'GPU'], True),
      (['CPU', 'TPU_SYSTEM', 'TPU'], True),
    ):
      devices = [tf.config.LogicalDevice(f'/{kind}:0', kind) for kind in types]
      with mock.patch.object(
        tf.config, 'list_logical_devices', lambda devices=devices: devices
      ):
        self.assertEqual(accelerators.found(), expected)


if __name__ == '__main__':
  test_util.main()
