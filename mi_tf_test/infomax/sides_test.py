"""Tests of what is said of bounds that are pushed to the wrong side."""

import warnings

from absl.testing import parameterized

from mi_tf.estimators import objectives
from mi_tf.infomax import sides
from mi_tf_test import test_util


class SidesTest(test_util.TestCase):
  @parameterized.parameters(
    ('info_nce', True, 'is to be minimised'),
    ('js', True, 'is to be minimised'),
    ('club', False, 'is to be maximised'),
    ('variational', False, 'is to be maximised'),
  )
  def test_the_wrong_side_is_told(self, name, minimise, message):
    objective = objectives.get_objective(name)
    with self.assertWarnsRegex(UserWarning, message):
      sides.warn_of_the_wrong(objective, minimise)
    with warnings.catch_warnings(record=True) as caught:
      warnings.simplefilter('always')
      sides.warn_of_the_wrong(objective, not minimise)
    self.assertEmpty(caught)


if __name__ == '__main__':
  test_util.main()
