"""Tests of the notebooks in colab/: they are up to date, and they run."""

from absl.testing import absltest
from absl.testing import parameterized

from mi_tf_test import test_util
from mi_tf_test.docs import notebooks


class NotebooksTest(parameterized.TestCase):
  @parameterized.parameters(notebooks.names())
  def test_notebook_is_that_of_its_source_and_was_run(self, name):
    problems = notebooks.problems(name)
    if problems:
      advice = f'Run `python -m mi_tf_test.docs.notebooks {name}`.'
      self.fail('\n'.join(['', *problems, advice]))

  @test_util.full(
    'A change of their code runs notebooks; this finds changes of the library '
    'that break them.'
  )
  def test_sources_run_in_quick_mode(self):
    with notebooks.Kernel() as kernel:
      for name in notebooks.names():
        own = None if notebooks.sets_up_devices(name) else kernel
        with self.subTest(name):
          notebook = notebooks.from_source(name)
          notebooks.execute(notebook, quick=True, kernel=own)

  def test_no_notebook_is_without_source(self):
    found = {path.stem for path in notebooks.FOLDER.glob('*.ipynb')}
    self.assertEqual(found, set(notebooks.names()))


if __name__ == '__main__':
  absltest.main()
