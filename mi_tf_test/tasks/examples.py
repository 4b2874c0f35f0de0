"""One task or more from each public function, for the tests of all of them."""

import numpy as np

from mi_tf import tasks


def examples():
  """Returns a dict, name of a public function -> list of its tasks."""
  normal = tasks.correlated_gaussian(1, rho=0.75)
  return {
    'additive_uniform': [tasks.additive_uniform(e) for e in (0.1, 0.75)],
    'asinh': [tasks.asinh(tasks.student_t(3, 2, dof=2))],
    'autoregressive': [tasks.autoregressive(2, 1.0, persistence=0.2)],
    'bimodal': [tasks.bimodal(0.75)],
    'categorical': [tasks.categorical([[3, 0, 1], [0, 5, 2]])],
    'clustered': [tasks.clustered(2, 1.0, size=2, shared=0.2)],
    'common_rate_counts': [tasks.common_rate_counts(2.0, 4.0)],
    'copies': [tasks.copies(tasks.noisy_labels(3, 0.7), 2)],
    'correlated_gaussian': [
      normal,
      tasks.correlated_gaussian(20, mutual_information=10.0),
      tasks.correlated_gaussian(1, mutual_information=12.0),
    ],
    'correlated_student': [tasks.correlated_student(2, 3.0, dof=2)],
    'correlated_uniform': [tasks.correlated_uniform(3, 2.0)],
    'cubed': [
      tasks.cubed(tasks.correlated_gaussian(5, mutual_information=3.0))
    ],
    'dense_gaussian': [tasks.dense_gaussian(5, 3)],
    'galaxy': [tasks.galaxy()],
    'gamma_exponential': [tasks.gamma_exponential(3, 0.5)],
    'gaussian': [
      tasks.gaussian([[1.0, 0.4, -0.3], [0.4, 2.0, 0.9], [-0.3, 0.9, 0.7]], 2)
    ],
    'gaussian_classes': [tasks.gaussian_classes(4, -2.0)],
    'gaussian_images': [tasks.gaussian_images(2.0, size=8)],
    'gaussian_mixture': [
      tasks.gaussian_mixture(
        [1.0, 3.0], [[0.0, 1.0], [2.0, -1.0]], [np.eye(2)] * 2, dim_x=1
      )
    ],
    'grid': [tasks.grid()],
    'half_cube': [tasks.half_cube(tasks.sparse_gaussian(5, 5))],
    'independent': [tasks.independent(tasks.student_t(3, 2, dof=1))],
    'letter_x': [tasks.letter_x()],
    'letters_ai': [tasks.letters_ai()],
    'linear_mix': [tasks.linear_mix(tasks.sparse_gaussian(3, 2))],
    'log_gamma_exponential': [tasks.log_gamma_exponential(2, 10.0)],
    'noisy_labels': [tasks.noisy_labels(5, 0.8)],
    'normal_cdf': [tasks.normal_cdf(normal)],
    'partly_discrete': [tasks.partly_discrete(0.6, 0.5, 0.3)],
    'quantized_uniform': [tasks.quantized_uniform(2, 2.5)],
    'random_flow': [tasks.random_flow(tasks.sparse_gaussian(3, 2))],
    'rectangle_images': [tasks.rectangle_images(2.0, size=8)],
    'sparse_gaussian': [tasks.sparse_gaussian(4, 3)],
    'sparse_with_inliers': [tasks.sparse_with_inliers(3, 2, num_pairs=1)],
    'spiral': [tasks.spiral(tasks.sparse_gaussian(3, 3))],
    'stripes': [tasks.stripes(5, 0.1)],
    'student_t': [
      tasks.student_t(2, 2, dof=1),
      tasks.student_t(1, 4, dof=2.5, dispersion=0.4 * np.eye(5) + 0.6),
    ],
    'swiss_roll': [tasks.swiss_roll(tasks.normal_cdf(normal))],
    'transform': [tasks.transform(normal)],
    'uniform_classes': [tasks.uniform_classes(4)],
    'uniform_noise': [tasks.uniform_noise(2, 2.0)],
    'waves': [tasks.waves()],
    'wiggly': [tasks.wiggly(normal)],
    'zero_inflated_poisson': [tasks.zero_inflated_poisson()],
  }
