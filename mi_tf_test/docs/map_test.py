"""Tests of the map of the package, and of the pages for contributors.

The docstring of `mi_tf` is the map; README.md repeats it. The docstring of
`mi_tf_test.conformance` has the pages for contributors.
"""

import importlib.util
import operator
import re

from absl.testing import absltest

import mi_tf
from mi_tf_test import conformance
from mi_tf_test import source_tree


def _rooms():
  """Returns (concept, folder, start) of each line of the map."""
  _, _, table = mi_tf.__doc__.partition('-\n')
  rows = [re.split(r' {2,}', line) for line in table.splitlines() if line]
  return [(*row, '')[:3] for row in rows]


def _readme_map():
  """Returns the map as README.md should have it."""
  lines = ['| concept | folder | start with |', '|---|---|---|']
  for concept, folder, start in _rooms():
    if start:
      start = f'python {start}' if start.startswith('-m') else f'mi_tf.{start}'
      start = f'`{start}`'
    lines.append(f'| {concept} | `{folder}` | {start} |')
  return '\n'.join(lines)


class MapTest(absltest.TestCase):
  def test_every_folder_has_one_line(self):
    folders = {
      module.name.split('.')[1]
      for module in source_tree.modules('mi_tf').values()
      if module.folder != 'mi_tf'
    }
    self.assertCountEqual([folder for _, folder, _ in _rooms()], folders)

  def test_what_to_start_with_exists(self):
    for _, folder, start in _rooms():
      if start.startswith('-m '):
        module = start.removeprefix('-m ')
        self.assertIsNotNone(importlib.util.find_spec(f'{module}.__main__'))
      elif start:
        value = operator.attrgetter(start)(mi_tf)
        self.assertStartsWith(value.__module__, f'mi_tf.{folder}')
      else:
        self.assertEqual(folder, 'internal')

  def test_the_page_fits_on_a_screen(self):
    self.assertLessEqual(len(mi_tf.__doc__.splitlines()), 24)

  def test_readme_has_the_same_map(self):
    text = (source_tree.ROOT / 'README.md').read_text('utf-8')
    self.assertIn(
      f'\n{_readme_map()}\n',
      text,
      f'Write this to the section Map of README.md:\n\n{_readme_map()}\n',
    )

  def test_readme_has_the_order_of_imports(self):
    text = (source_tree.ROOT / 'README.md').read_text('utf-8')
    order = ' < '.join(
      ', '.join(f'`{folder}`' for folder in folders)
      for folders in source_tree.LAYERS
    )
    self.assertIn(order, ' '.join(text.split()))


class HowToAddTest(absltest.TestCase):
  def test_four_pages_have_four_steps_each(self):
    pages = re.split(r'^To add ', conformance.__doc__, flags=re.MULTILINE)[1:]
    self.assertLen(pages, 4)
    for page in pages:
      self.assertEqual(re.findall(r'^(\d)\. ', page, re.MULTILINE), [*'1234'])

  def test_their_paths_exist(self):
    paths = re.findall(r'`([\w./]+/[\w./]*)`', conformance.__doc__)
    self.assertGreater(len(paths), 10)
    for path in paths:
      self.assertTrue((source_tree.ROOT / path).exists(), path)

  def test_their_tables_are_where_they_say(self):
    tables = re.findall(r'`([A-Z_]+)` of\s+`([\w./]+)`', conformance.__doc__)
    self.assertGreaterEqual(len(tables), 5)
    for table, path in tables:
      place = source_tree.ROOT / path
      files = [place] if place.is_file() else sorted(place.glob('*.py'))
      self.assertTrue(
        any(
          re.search(rf'^{table}(: .+)? = ', f.read_text('utf-8'), re.MULTILINE)
          for f in files
        ),
        f'{table} is not in {path}.',
      )


if __name__ == '__main__':
  absltest.main()
