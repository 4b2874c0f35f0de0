"""Tests of the progress bar."""

import io
import re
from unittest import mock

from mi_tf.internal import progress
from mi_tf_test import test_util


class _Terminal(io.StringIO):
  """A stream that says it is a terminal, and counts its flushes."""

  flushes = 0

  def isatty(self):
    return True

  def flush(self):
    self.flushes += 1
    super().flush()


class ProgressTest(test_util.TestCase):
  def test_nothing_is_written_where_there_is_no_terminal(self):
    stream = io.StringIO()
    bar = progress.Progress(4, stream)
    bar.update(0, 'one')
    bar.update(2, 'two')
    bar.clear()
    self.assertEqual(stream.getvalue(), '')

  def test_bar_grows_with_what_is_done(self):
    for done, hashes in ((0, 0), (1, 6), (2, 12), (4, 24)):
      stream = _Terminal()
      progress.Progress(4, stream).update(done, 'the source')
      text = stream.getvalue()
      bar = re.search(r'\[(#*)(\.*)\] (\d)/4 the source', text)
      self.assertIsNotNone(bar, text)
      self.assertLen(bar.group(1), hashes)
      self.assertLen(bar.group(2), 24 - hashes)
      self.assertEqual(bar.group(3), str(done))
      self.assertEqual(stream.flushes, 1)

  def test_time_left_is_said_once_it_is_known(self):
    stream = _Terminal()
    bar = progress.Progress(4, stream)
    bar.update(0, 'first')
    self.assertNotIn('left', stream.getvalue())
    bar.update(2, 'second')
    self.assertRegex(stream.getvalue(), r'second, \d+ s left$')

  def test_what_was_done_before_took_none_of_this_time(self):
    stream = _Terminal()
    bar = progress.Progress(10, stream)
    with mock.patch.object(progress.time, 'monotonic', side_effect=[5.0, 7.0]):
      bar.update(6, 'first')
      self.assertNotIn('left', stream.getvalue())
      bar.update(8, 'second')
    self.assertIn('second, 2 s left', stream.getvalue())

  def test_each_bar_takes_the_place_of_the_last_one(self):
    stream = _Terminal()
    bar = progress.Progress(2, stream)
    bar.update(1, 'a')
    bar.update(2, 'b')
    bar.clear()
    lines = stream.getvalue().split('\r\x1b[K')
    self.assertLen(lines, 4)
    self.assertEqual((lines[0], lines[-1]), ('', ''))
    self.assertNotIn('\n', stream.getvalue())


if __name__ == '__main__':
  test_util.main()
