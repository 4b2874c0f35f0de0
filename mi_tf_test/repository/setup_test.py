"""Tests of setup.py: installed packages, and the page of package indices."""

import os
import pathlib
import re
import runpy
import shutil
from unittest import mock

from absl.testing import absltest

from mi_tf_test import source_tree

_RELATIVE = r'\]\((?![^)]*://)[^)\s]*\)'


class SetupTest(absltest.TestCase):
  def arguments(self, url=None):
    """Returns the arguments of `setup` in a project with this address."""
    folder = pathlib.Path(self.create_tempdir().full_path)
    text = (source_tree.ROOT / 'setup.py').read_text('utf-8')
    self.assertEqual(text.count('\n_URL = None\n'), 1)
    text = text.replace('\n_URL = None\n', f'\n_URL = {url!r}\n')
    (folder / 'setup.py').write_text(text, 'utf-8')
    (folder / 'mi_tf').mkdir()
    for name in ('README.md', 'mi_tf/version.py'):
      shutil.copy(source_tree.ROOT / name, folder / name)
    self.addCleanup(os.chdir, os.getcwd())
    os.chdir(source_tree.ROOT)
    with mock.patch('setuptools.setup') as setup:
      runpy.run_path(str(folder / 'setup.py'))
    return setup.call_args.kwargs

  def test_all_packages_but_benchmarks_are_installed(self):
    packages = {
      m.name for m in source_tree.modules('mi_tf').values() if m.is_package
    }
    benchmarks = {n for n in packages if n.startswith('mi_tf.benchmarks')}
    self.assertIn('mi_tf.benchmarks', benchmarks)
    self.assertEqual(set(self.arguments()['packages']), packages - benchmarks)

  def test_what_is_installed_does_not_import_benchmarks(self):
    for module in source_tree.modules('mi_tf').values():
      if not module.name.startswith('mi_tf.benchmarks'):
        found = source_tree.own_imports(module)
        self.assertEmpty([n for n in found if 'benchmarks' in n], module.name)

  def test_description_is_readme_without_links_that_lead_nowhere(self):
    readme = (source_tree.ROOT / 'README.md').read_text('utf-8')
    self.assertRegex(readme, _RELATIVE)
    text = self.arguments()['long_description']
    self.assertNotRegex(text, _RELATIVE)
    self.assertIn('\n*Estimates over the correlation', text)
    self.assertIn('\n| quickstart | two arrays', text)
    # All else is as it was.
    for pattern in (r'!?\[([^]]+)\]\(((?!https:)[^)\s]+)\)', r'\*'):
      readme = re.sub(pattern, r'\1' if '!' in pattern else '', readme)
    self.assertEqual(text.replace('*', ''), readme)

  def test_links_lead_to_the_repository_if_there_is_one(self):
    place = 'https://github.com/owner/name'
    text = self.arguments(place)['long_description']
    self.assertNotRegex(text, _RELATIVE)
    self.assertIn(f']({place}/raw/main/colab/correlated_gaussians.png)', text)
    self.assertIn(
      f'[quickstart]({place}/blob/main/colab/quickstart.ipynb)', text
    )
    self.assertIn('(https://arxiv.org/abs/1907.13625)', text)


if __name__ == '__main__':
  absltest.main()
