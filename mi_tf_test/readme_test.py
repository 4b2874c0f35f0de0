"""The README's examples, run in order as one program."""

import os
import pathlib
import re
from unittest import mock

import tensorflow as tf

from mi_tf_test import test_util
from mi_tf_test import two_replicas

_README = pathlib.Path(__file__).parents[1] / 'README.md'


class ReadmeTest(test_util.TestCase):
  def test_python_blocks_run_and_say_what_they_promise(self):
    blocks = re.findall(r'```python\n(.*?)```', _README.read_text(), re.DOTALL)
    self.assertGreaterEqual(len(blocks), 2)
    self.addCleanup(os.chdir, os.getcwd())
    os.chdir(self.create_tempdir().full_path)
    # TensorFlow takes what two strategies of one process gather for the same.
    strategy = two_replicas.strategy()
    self.enter_context(
      mock.patch.object(tf.distribute, 'MirroredStrategy', lambda: strategy)
    )
    names = {}
    for block in blocks:
      exec(compile(block, str(_README), 'exec'), names)
    low, high = names['estimate'].interval
    self.assertLess(low, 1.04)
    self.assertGreater(high, 1.04)
    self.assertTrue(os.path.exists('estimate.png'))

  def test_every_bound_stands_in_the_table(self):
    from mi_tf import bounds

    named = set(re.findall(r'^\| `(\w+)` \|', _README.read_text(), re.M))
    sources = {'ReplicaScores', 'StreamedScores'}
    self.assertEqual(named, set(bounds.__all__) - sources)


if __name__ == '__main__':
  test_util.main()
