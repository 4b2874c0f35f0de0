"""Tests that no bad input ends in NaN, a crash or another's traceback."""

from mi_tf_test import bad_input_cases
from mi_tf_test import test_util


class BadInputTest(test_util.TestCase):
  def test_what_comes_of_each_case_is_as_the_table_says(self):
    found = bad_input_cases.table(self.create_tempdir().full_path)
    self.assertGreater(len(found), 200)
    expected = bad_input_cases.GOLDEN.read_text('utf-8').splitlines()
    self.assertEqual(
      found,
      expected,
      'Where that is right: python -m mi_tf_test.bad_input_cases --refresh',
    )

  def test_silent_outcomes_are_found(self):
    def raises(error):
      raise error

    for run in (
      lambda: [1.0, float('nan')],
      lambda: raises(ValueError('Not raised by mi_tf.')),
    ):
      with self.assertRaises(bad_input_cases.Silent):
        bad_input_cases.outcome(run)
    self.assertEqual(bad_input_cases.outcome(lambda: [1.0]), 'answer')


if __name__ == '__main__':
  test_util.main()
