"""Tests of the list of experiments."""

from mi_tf.experiments import catalogue
from mi_tf.experiments import command
from mi_tf.experiments import experiment
from mi_tf.internal import records
from mi_tf_test import test_util
from mi_tf_test.experiments import made_up


class CatalogueTest(test_util.TestCase):
  @test_util.full(
    'Each figure has its test; this finds labels that are missing in one.'
  )
  def test_every_experiment_is_drawn_and_tabled(self):
    folder = self.create_tempdir().full_path
    for name, found in catalogue.EXPERIMENTS.items():
      runs = made_up.runs(name)
      text = catalogue.report({name: runs})
      self.assertIn(f'## {name}', text)
      header, rows = found.table(runs)
      self.assertEqual({len(row) for row in rows}, {len(header)})
      # Two seeds of each, and all correlations of a method in one row.
      is_curve = name == 'correlated_gaussians'
      self.assertLen(rows, 11 if is_curve else len(runs) // 2)
      if found.draw is None:
        continue
      figure = found.draw(runs)
      figure.savefig(f'{folder}/{name}.png')
      for axes in figure.axes:
        # Panels that share an axis name it once.
        for shared, label in (
          (axes.get_shared_x_axes(), 'get_xlabel'),
          (axes.get_shared_y_axes(), 'get_ylabel'),
        ):
          group = shared.get_siblings(axes)
          self.assertNotEmpty(''.join(getattr(a, label)() for a in group))
        if axes.lines:
          group = axes.get_shared_x_axes().get_siblings(axes)
          self.assertTrue(any(a.get_legend() for a in group), name)

  def test_records_of_the_package_have_the_fields_of_their_configs(self):
    for name, found in catalogue.EXPERIMENTS.items():
      kept = records.read(command.FOLDER / f'{name}.jsonl')
      config, *_ = found.configs(experiment.Options())
      for record in kept:
        self.assertEqual({*record['config']}, {*vars(config)}, name)

  def test_failures_are_reported(self):
    failed = {'config': {}, 'error': 'OSError: disk full'}
    text = catalogue.report({'pixels': [failed]})
    self.assertIn('Failed: OSError: disk full', text)


if __name__ == '__main__':
  test_util.main()
