"""Tests of the notebooks in colab/: they are up to date, and they run."""

from absl.testing import absltest
from absl.testing import parameterized

from mi_tf_test import notebooks


class NotebooksTest(parameterized.TestCase):
  @parameterized.parameters(notebooks.names())
  def test_notebook_is_that_of_its_source_and_was_run(self, name):
    problems = notebooks.problems(name)
    if problems:
      advice = f'Run `python -m mi_tf_test.notebooks {name}`.'
      self.fail('\n'.join(['', *problems, advice]))

  @parameterized.parameters(notebooks.names())
  def test_source_runs_in_quick_mode(self, name):
    notebooks.execute(notebooks.from_source(name), quick=True)

  def test_no_notebook_is_without_source(self):
    found = {path.stem for path in notebooks.FOLDER.glob('*.ipynb')}
    self.assertEqual(found, set(notebooks.names()))


if __name__ == '__main__':
  absltest.main()
