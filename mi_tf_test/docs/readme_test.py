"""Tests that README's examples run, and that its numbers are in the records."""

import json
import os
import re
from unittest import mock

import keras
import numpy as np
import tensorflow as tf

from mi_tf.bounds import facts
from mi_tf_test import source_tree
from mi_tf_test import test_util
from mi_tf_test import two_replicas

_TFDS = source_tree.ROOT.parent / 'shared' / 'tfds'
_README = source_tree.ROOT / 'README.md'


def _images():
  """Returns some of MNIST's images, or scikit-learn's digits of that size."""
  if (_TFDS / 'mnist').exists():
    import tensorflow_datasets as tfds

    images, labels = tfds.as_numpy(
      tfds.load(
        'mnist',
        split='train[:4000]',
        data_dir=str(_TFDS),
        as_supervised=True,
        batch_size=-1,
      )
    )
    images = images[..., 0]
  else:
    from sklearn import datasets

    digits = datasets.load_digits()
    large = np.kron(digits.images / 16 * 255, np.ones((3, 3)))
    images = np.pad(large, ((0, 0), (2, 2), (2, 2))).astype(np.uint8)
    labels = digits.target
  return (images[600:], labels[600:]), (images[:600], labels[:600])


def _row(fn):
  """Returns a row of the table of bounds, without its last column."""
  of = facts.of(fn)
  quantity = f', of {of.quantity}' if of.quantity != 'MI' else ''
  condition = f', {of.condition}' if of.condition else ''
  side = f'{of.side}{quantity}{condition}'
  streams = 'yes' if of.streams else 'no'
  return f'`{fn.__name__}` | {side} | {of.cap} | {streams}'


class ReadmeTest(test_util.TestCase):
  @test_util.full(
    'Everything that the blocks call has tests; this finds errors in README.'
  )
  def test_python_blocks_run_and_say_what_they_promise(self):
    blocks = re.findall(r'```python\n(.*?)```', _README.read_text(), re.DOTALL)
    self.assertGreaterEqual(len(blocks), 2)
    self.addCleanup(os.chdir, os.getcwd())
    os.chdir(self.create_tempdir().full_path)
    # TensorFlow mixes up collective ops of two strategies in one process.
    strategy = two_replicas.strategy()
    self.enter_context(
      mock.patch.object(tf.distribute, 'MirroredStrategy', lambda: strategy)
    )
    self.enter_context(
      mock.patch.object(keras.datasets.mnist, 'load_data', _images)
    )
    names = {}
    for block in blocks:
      exec(compile(block, str(_README), 'exec'), names)
    low, high = names['estimate'].interval
    self.assertLess(low, 1.04)
    self.assertGreater(high, 1.04)
    self.assertTrue(os.path.exists('estimate.png'))
    for name in ('mi_upper_y', 'mi_lower_y'):
      before, after = names['information'].history[name]
      self.assertGreater(after, 0.5)
      self.assertLess(before, after + 0.3)

  def test_what_can_go_wrong_is_what_records_say(self):
    folder = source_tree.ROOT / 'mi_tf_test'
    read = lambda name: (folder / name).read_text('utf-8')
    kills, numerics = (
      json.loads(read(f'records/{name}.json')) for name in ('kills', 'numerics')
    )
    errors = numerics['errors'].values()
    soak = {
      row['kind']: row
      for row in map(json.loads, read('records/soak.jsonl').splitlines())
    }
    killed, ends = (
      sum(row[key] for row in kills.values()) for key in ('kills', 'ends')
    )
    growth = [
      round(sum(soak[kind]['MiB'][5:]))
      for kind in ('estimates', 'default', 'images')
    ]
    for claim in (
      f'{len(read("bad_input/bad_input.txt").splitlines())} bad inputs',
      f'killed at {killed} random moments',
      f'all {ends} runs end in the same record',
      f'on {numerics["size"]:,} samples',
      f'{soak["estimates"]["runs"]:,} estimates in one process',
      f'{soak["default"]["runs"]:,} by default',
      f'{soak["images"]["runs"]} of images',
      '{}, {} and {} MiB more in the second half'.format(*growth),
    ):
      self.assertIn(claim, _README.read_text())
    for claim, largest in (
      ('error below 5e-6 of', max(max(e.values()) for e in errors)),
      ('error below 2e-6 |', max(e['eager'] for e in errors)),
    ):
      self.assertIn(claim, _README.read_text())
      self.assertLess(largest, float(claim.split()[2]))

  def test_table_of_bounds_says_what_they_declare(self):
    rows = re.findall(r'^\| (`\w+` \| .*) \| .* \|$', _README.read_text(), re.M)
    self.assertCountEqual(rows, map(_row, facts.DECLARED))


if __name__ == '__main__':
  test_util.main()
