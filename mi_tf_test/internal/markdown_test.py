"""Tests of tables."""

from mi_tf.internal import markdown
from mi_tf_test import test_util


class MarkdownTest(test_util.TestCase):
  def test_table_is_markdown(self):
    self.assertEqual(
      markdown.table(('what', 'n'), [('a|b', '1'), ('c', '2')]),
      '| what | n |\n| :-- | --: |\n| a&#124;b | 1 |\n| c | 2 |\n',
    )

  def test_numbers_and_shares(self):
    self.assertEqual(markdown.number(1.23456), '1.235')
    self.assertEqual(markdown.number(-1.23456, 1), '-1.2')
    self.assertEqual(markdown.share(0.856), '86 %')
    self.assertEqual((markdown.number(None), markdown.share(None)), ('-', '-'))


if __name__ == '__main__':
  test_util.main()
