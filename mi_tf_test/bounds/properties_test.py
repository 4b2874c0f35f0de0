"""Properties of the bounds, for any finite scores."""

import math

from absl.testing import parameterized
import hypothesis
from hypothesis import strategies as st
import numpy as np

import mi_tf
from mi_tf_test import properties
from mi_tf_test import test_util
from mi_tf_test.bounds import guarantee
from mi_tf_test.bounds import populations
from mi_tf_test.conformance import cases

_ON_PAIRS = [name for name, case in cases.BOUNDS.items() if case.has_mask]
_STREAMED = [name for name, case in cases.BOUNDS.items() if case.streams]

# By how much `f[i, j] + c` changes a bound; those that aren't here have no
# simple law.
_SHIFTS = {
  # By any c(x[i]).
  'row': (
    'mi_club',
    'lower_bound_fenchel_legendre',
    'lower_bound_info_nce',
  ),
  # By any d(y[j]), in a square matrix.
  'column': ('mi_club', 'upper_bound_leave_one_out'),
  # By one number.
  'constant': (
    'mi_club',
    'lower_bound_donsker_varadhan',
    'lower_bound_fenchel_legendre',
    'lower_bound_info_nce',
    'upper_bound_leave_one_out',
  ),
}

_LAYOUTS = ('square', 'wide', 'several_positives', 'row_without_positive')


@st.composite
def _scores(draw, name, with_mask=None):
  """Draws the arguments of a bound, and a mask or `None`."""
  n, m = draw(properties.sizes())
  given = draw(properties.arguments(name, n, m))
  if with_mask is None:
    with_mask = draw(st.booleans())
  return given, draw(properties.masks(n, m)) if with_mask else None


class PropertiesTest(test_util.TestCase):
  def assertSame(self, actual, expected, *scale):
    atol = properties.tolerance(*scale)
    self.assertAllClose(actual, expected, rtol=1e-10, atol=atol)

  def assertAtMost(self, low, high, *scale):
    slack = properties.tolerance(*scale) + 1e-10 * abs(high)
    self.assertLessEqual(low, high + slack)

  # Caps and orders.

  @properties.examples(60)
  @hypothesis.given(_scores('lower_bound_info_nce'))
  def test_info_nce_is_at_most_the_log_of_the_columns(self, drawn):
    given, mask = drawn
    value = properties.value('lower_bound_info_nce', given, mask)
    self.assertLessEqual(value, math.log(given['logu'].shape[1]))

  @properties.examples(60)
  @hypothesis.given(_scores('lower_bound_jensen_shannon'))
  def test_jensen_shannon_is_at_most_its_caps(self, drawn):
    self.assertLessEqual(
      properties.value('lower_bound_jensen_shannon', *drawn), 0.0
    )
    self.assertLessEqual(
      properties.value('jensen_shannon_divergence', *drawn),
      2.0 * math.log(2.0),
    )

  @properties.examples(60)
  @hypothesis.given(_scores('lower_bound_donsker_varadhan'))
  def test_nwj_is_at_most_donsker_varadhan(self, drawn):
    self.assertAtMost(
      properties.value('lower_bound_nguyen_wainwright_jordan', *drawn),
      properties.value('lower_bound_donsker_varadhan', *drawn),
      drawn[0]['logu'],
    )

  @properties.examples(60)
  @hypothesis.given(
    _scores('lower_bound_donsker_varadhan'), st.floats(-50.0, 50.0)
  )
  def test_tuba_of_a_constant_is_at_most_donsker_varadhan(self, drawn, a):
    given, mask = drawn
    self.assertAtMost(
      properties.value(
        'lower_bound_tuba', {**given, 'log_baseline': np.array([a])}, mask
      ),
      properties.value('lower_bound_donsker_varadhan', given, mask),
      given['logu'],
      a,
    )

  @properties.examples(60)
  @hypothesis.given(_scores('lower_bound_donsker_varadhan'))
  def test_tuba_with_the_best_constant_is_donsker_varadhan(self, drawn):
    given, mask = drawn
    logu = given['logu']
    negatives = logu[
      ~(np.eye(*logu.shape, dtype=bool) if mask is None else mask)
    ]
    best = np.logaddexp.reduce(negatives) - math.log(len(negatives))
    self.assertSame(
      properties.value(
        'lower_bound_tuba', {**given, 'log_baseline': np.array([best])}, mask
      ),
      properties.value('lower_bound_donsker_varadhan', given, mask),
      logu,
    )

  @properties.examples(60)
  @hypothesis.given(_scores('lower_bound_interpolated'))
  def test_interpolated_ends_at_tuba_and_where_no_baseline_counts(self, drawn):
    given, mask = drawn
    name = 'lower_bound_interpolated'
    self.assertSame(
      properties.value(name, given, mask, alpha=0.0),
      properties.value('lower_bound_tuba', given, mask),
      *given.values(),
    )
    other = {**given, 'log_baseline': 1.0 - given['log_baseline']}
    self.assertSame(
      properties.value(name, given, mask, alpha=1.0),
      properties.value(name, other, mask, alpha=1.0),
      *given.values(),
    )

  @properties.examples(60)
  @hypothesis.given(
    _scores('lower_bound_interpolated'), st.sampled_from([0.01, 0.3, 0.9, 1.0])
  )
  def test_interpolated_is_at_most_its_cap(self, drawn, alpha):
    given, mask = drawn
    columns = given['logu'].shape[1]
    self.assertAtMost(
      properties.value('lower_bound_interpolated', given, mask, alpha=alpha),
      1.0 + math.log(columns / alpha),
    )

  @properties.examples(60)
  @hypothesis.given(st.data(), st.floats(0.0, 1.0))
  def test_each_term_of_interpolated_is_between_those_of_its_ends(
    self, data, alpha
  ):
    n, m = data.draw(properties.sizes())
    logu = data.draw(properties.arrays((n, m), st.floats(-30.0, 30.0)))
    a = data.draw(properties.arrays(n, st.floats(-30.0, 30.0)))
    joint, product = [], []
    for i in range(n):
      negatives = [j for j in range(m) if j != i]
      for j in negatives:
        kept = np.delete(logu[i], j)
        mean = np.logaddexp.reduce(kept) - math.log(m - 1)
        joint.append(sorted([logu[i, i] - mean, logu[i, i] - a[i]]))
      mean = np.logaddexp.reduce(logu[i, negatives]) - math.log(m - 1)
      product.append(sorted([1.0, math.exp(mean - a[i])]))
    low, high = np.mean(joint, axis=0) - np.mean(product, axis=0)[::-1]
    value = properties.value(
      'lower_bound_interpolated',
      {'logu': logu, 'log_baseline': a},
      alpha=alpha,
    )
    self.assertAtMost(value, 1.0 + high, low, high)
    self.assertAtMost(1.0 + low, value, low, high)

  @properties.examples(60)
  @hypothesis.given(_scores('mi_smile'))
  def test_smile_without_a_clip_is_donsker_varadhan(self, drawn):
    clip = 2.0 * float(np.max(np.abs(drawn[0]['logu']))) + 1.0
    self.assertSame(
      properties.value('mi_smile', *drawn, clip=clip),
      properties.value('lower_bound_donsker_varadhan', *drawn),
      drawn[0]['logu'],
    )

  @properties.examples(60)
  @hypothesis.given(_scores('lower_bound_from_jensen_shannon'))
  def test_bound_from_jensen_shannon_has_the_sign_of_the_contrast(self, drawn):
    bound = properties.value('lower_bound_from_jensen_shannon', *drawn)
    divergence = properties.value('jensen_shannon_divergence', *drawn)
    self.assertAllFinite(bound)
    if abs(divergence) > 1e-9:
      self.assertEqual(np.sign(bound), np.sign(divergence))

  # Invariances.

  @parameterized.parameters(*cases.BOUNDS)
  @properties.examples(25)
  @hypothesis.given(data=st.data())
  def test_permutations_that_keep_the_pairs_change_nothing(self, name, data):
    case = cases.BOUNDS[name]
    given, mask = data.draw(
      _scores(name, with_mask=None if case.has_mask else False)
    )
    n, m = [*given[next(iter(case.tensors))].shape, 0][:2]
    rows = np.array(data.draw(st.permutations(range(n))))
    if mask is None:  # The pairs are (i, i); other columns are negatives.
      columns = np.array([*rows, *data.draw(st.permutations(range(n, m)))], int)
    else:
      columns = np.array(data.draw(st.permutations(range(m))))
    places = {'n': (rows,), 'nm': np.ix_(rows, columns), '': ()}
    moved = {k: v[places[case.tensors[k]]] for k, v in given.items()}
    self.assertSame(
      properties.value(
        name, moved, None if mask is None else mask[places['nm']]
      ),
      properties.value(name, given, mask),
      *given.values(),
    )

  @parameterized.parameters(
    *((kind, name) for kind, names in _SHIFTS.items() for name in names)
  )
  @properties.examples(25)
  @hypothesis.given(data=st.data())
  def test_shifts_that_theory_lets_pass_change_nothing(self, kind, name, data):
    n, m = data.draw(properties.sizes())
    if kind == 'column':
      m = n
    given = data.draw(properties.arguments(name, n, m))
    shape = {'row': (n, 1), 'column': (1, m), 'constant': (1, 1)}[kind]
    shift = data.draw(properties.arrays(shape))
    self.assertSame(
      properties.value(name, {**given, 'logu': given['logu'] + shift}),
      properties.value(name, given),
      *given.values(),
      shift,
    )

  @parameterized.parameters('lower_bound_tuba', 'lower_bound_interpolated')
  @properties.examples(25)
  @hypothesis.given(data=st.data())
  def test_shifts_of_a_row_and_its_baseline_change_nothing(self, name, data):
    given, mask = data.draw(_scores(name))
    shift = data.draw(properties.arrays(len(given['logu'])))
    moved = {
      'logu': given['logu'] + shift[:, np.newaxis],
      'log_baseline': given['log_baseline'] + shift,
    }
    self.assertSame(
      properties.value(name, moved, mask),
      properties.value(name, given, mask),
      *given.values(),
      shift,
    )

  @properties.examples(25)
  @hypothesis.given(
    _scores('lower_bound_nguyen_wainwright_jordan'), st.floats(-30.0, 30.0)
  )
  def test_a_shift_of_nwj_is_the_baseline_of_tuba(self, drawn, shift):
    given, mask = drawn
    self.assertSame(
      properties.value(
        'lower_bound_nguyen_wainwright_jordan',
        {'logu': given['logu'] + shift},
        mask,
      ),
      properties.value(
        'lower_bound_tuba',
        {**given, 'log_baseline': np.array([1.0 - shift])},
        mask,
      ),
      given['logu'],
      shift,
    )

  # Forms of the same thing.

  @parameterized.parameters(*_STREAMED)
  @properties.examples(15)
  @hypothesis.given(data=st.data())
  def test_streamed_is_dense(self, name, data):
    n, m = data.draw(properties.sizes())
    small = st.floats(-9.0, 9.0)
    x = data.draw(properties.arrays((n, 2), small))
    y = data.draw(properties.arrays((m, 2), small))
    mask = data.draw(st.none() | properties.masks(n, m))
    block_rows = data.draw(st.integers(1, n))
    given = {'logu': x @ y.T}
    options = dict(cases.BOUNDS[name].options, joint_sample_mask=mask)
    if 'log_baseline' in cases.BOUNDS[name].tensors:
      given['log_baseline'] = data.draw(properties.arrays(n, small))
      options['log_baseline'] = given['log_baseline']
    streamed = mi_tf.StreamedScores(x, y, block_rows=block_rows)
    self.assertSame(
      getattr(mi_tf, name)(streamed, **options),
      properties.value(name, given, mask),
      given['logu'],
    )

  @parameterized.parameters(*cases.BOUNDS)
  @properties.examples(15)
  @hypothesis.given(data=st.data())
  def test_batched_is_looped(self, name, data):
    n, m = data.draw(properties.sizes())
    parts = [data.draw(properties.arguments(name, n, m)) for _ in range(2)]
    masks = None
    if cases.BOUNDS[name].has_mask and data.draw(st.booleans()):
      masks = [data.draw(properties.masks(n, m)) for _ in parts]
    batched = properties.value(
      name,
      {k: np.stack([part[k] for part in parts]) for k in parts[0]},
      None if masks is None else np.stack(masks),
    )
    for i, part in enumerate(parts):
      own = properties.value(name, part, None if masks is None else masks[i])
      self.assertSame(batched[i], own, *part.values())

  # Guarantees, of expectations over all that can be drawn: exact, for any
  # critic of any discrete distribution.

  @properties.examples(15)
  @hypothesis.given(
    st.integers(0, 2**31 - 1),
    properties.arrays((2, 3), st.floats(-6.0, 6.0)),
    properties.arrays(2, st.floats(-4.0, 4.0)),
    properties.arrays((2, 3), st.floats(-4.0, 4.0)),
    st.sampled_from(_LAYOUTS),
    st.sampled_from([0.0, 0.2, 0.7, 1.0]),
  )
  def test_information_lies_between_lower_and_upper_bounds(
    self, seed, scores, baseline, dual, layout, alpha
  ):
    population = populations.random_discrete(np.random.default_rng(seed))
    lower = {
      'lower_bound_info_nce': {},
      'lower_bound_nguyen_wainwright_jordan': {},
      'lower_bound_tuba': {'extras': {'log_baseline': baseline}},
      'lower_bound_interpolated': {
        'extras': {'log_baseline': baseline},
        'alpha': alpha,
      },
      'lower_bound_fenchel_legendre': {'extras': {'dual': dual}},
      'lower_bound_jensen_shannon': {},
    }
    for name, kwargs in lower.items():
      value = guarantee.expected_value(
        name, population, layout, scores, **kwargs
      )
      self.assertLessEqual(value, population.mutual_information + 1e-9, name)
    upper = guarantee.expected_value(
      'upper_bound_leave_one_out',
      population,
      layout,
      population.log_conditional,
    )
    self.assertGreaterEqual(upper, population.mutual_information - 1e-9)

  @properties.examples(40)
  @hypothesis.given(
    st.integers(0, 2**31 - 1), properties.arrays((2, 3), st.floats(-6.0, 6.0))
  )
  def test_barber_and_agakov_enclose_the_information(self, seed, scores):
    population = populations.random_discrete(np.random.default_rng(seed))
    # Any decoder, and any marginal; each pair as often as it is drawn.
    decoder = scores - np.logaddexp.reduce(scores, axis=0)
    entropy = -np.sum(population.p_x * np.log(population.p_x))
    marginal = scores[0] - np.logaddexp.reduce(scores[0])
    weights = population.joint / population.joint.sum()
    lower = sum(
      w * mi_tf.lower_bound_barber_agakov(np.array([q]), entropy).numpy()
      for w, q in zip(weights.ravel(), decoder.ravel(), strict=True)
    )
    upper = sum(
      w * mi_tf.upper_bound_barber_agakov(np.array([p]), np.array([q])).numpy()
      for w, p, q in zip(
        weights.ravel(),
        population.log_conditional.ravel(),
        np.broadcast_to(marginal, weights.shape).ravel(),
        strict=True,
      )
    )
    self.assertLessEqual(lower, population.mutual_information + 1e-9)
    self.assertGreaterEqual(upper, population.mutual_information - 1e-9)


if __name__ == '__main__':
  test_util.main()
