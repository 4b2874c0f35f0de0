"""Bounds and estimates of mutual information, from scores to nats.

Pass the scores of pairs to a function of this package; it returns a number in
nats for each matrix. The functions have no variables and draw no samples. The
rules on this page apply to all of these functions.

#### Scores

`logu` has shape `[..., N, M]`, with `logu[..., i, j] = f(x[i], y[j])` for a
critic `f`. All leading dimensions are batch dimensions: each matrix gives one
number. Shapes may be unknown until run time.

#### Joint samples and negatives

`joint_sample_mask` is True for pairs that were drawn together, the joint
samples. All other pairs are negatives. The mask is bool-like (bools, or 0 and 1
of any integer or floating dtype) and broadcastable to `logu`. A row may have
several joint samples, or none. The default, `None`, is the rectangular
identity: the joint samples are the pairs `(x[i], y[i])`, and `M >= N`.

#### Guarantees

The prefix of a function's name is its guarantee. `lower_bound_*` and
`upper_bound_*` hold in expectation over samples, for any critic. `mi_*` are
estimates, which may be too low or too high. A bound needs samples that the
critic was *not* trained on.

#### Sample weights

`sample_weight` is the number of times that each sample counts: a weight of k
has the value and the gradients of k copies. Weights have shape `[..., N]`, are
nonnegative, need not be integers, and get no gradient. A row of weight 0 is
neither a joint sample nor a negative.

Row `i` has the weight `w_i`. Column `j` has the weight `c_j`, which is `w_j` if
`j < N <= M`, and otherwise 1. To set `c_j`, pass a pair,
`(row_weights, column_weights)`. Column weights have shape `[..., M]`, or
`[..., N, M]` (with the rank of `logu`) if they differ between rows. Then:

*   Without a mask, the joint sample `(i, i)` counts `w_i` times, and the
    negative `(i, j)` counts `w_i c_j` times. The copies of a sample are
    negatives of each other: as a negative, `(i, i)` counts
    `w_i max(c_i - 1, 0)` times.
*   With a mask, each pair counts `w_i c_j` times, as a joint sample where the
    mask is True and as a negative elsewhere. A mask that equals the identity is
    treated as `None`.
*   Sums over all columns, as in InfoNCE, are weighted by `c_j`, and `log(M)`
    becomes the logarithm of the sum of `c_j`.

If all weights are equal and at most 1, and M = N, the value is the same as
without weights. The value and its gradients are 0 if all joint samples have
weight 0, or if the bound needs a negative and all negatives have weight 0. If
the bound needs a negative in each row (or column), joint samples in rows (or
columns) without a negative are ignored.

#### Streamed scores

Functions that average over all pairs also take `StreamedScores` in place of
`logu`: scores from dot products, or from any critic (`Critic.stream`), that are
computed block by block. The functions that do not take them are the
Fenchel-Legendre, interpolated, leave-one-out and Barber-Agakov bounds. Values
and first derivatives are the same as for dense scores, but no `[N, M]` tensor
is made. `StreamedScores` have no batch dimensions. Their mask may also be a
vector of `N` integers, the columns of the joint samples, or a function that
returns the mask of a block of rows. Prefer the integers to a dense mask: they
cost nothing.

#### Numerics

Half-precision scores are reduced in float32, and the result has the dtype of
`logu`. Negatives with a score of `-inf` add 0 to a sum, except in CLUB, whose
value is then `inf`. Where `exp` would overflow, its tangent takes its place, so
values and gradients stay finite.

#### Errors

*   `TypeError`: `logu` is not floating, the mask is not bool-like, or weights
    are not numbers.
*   `ValueError`: a static shape, or a value that is known statically, breaks
    one of these rules. `logu` has a rank of at least 2, and `N <= M` unless
    there is a mask. Masks and weights are broadcastable. Masks hold only 0 and
    1. Weights are nonnegative and finite. There is a joint sample, and a
    negative wherever the bound needs one.
*   `tf.errors.InvalidArgumentError`, with `validate_args=True`: a value at run
    time breaks one of these rules; a score is NaN or `+inf`; all joint samples
    have weight 0; or all negatives that the bound needs have weight 0.
"""

from mi_tf.bounds.barber_agakov import lower_bound_barber_agakov
from mi_tf.bounds.barber_agakov import upper_bound_barber_agakov
from mi_tf.bounds.club import mi_club
from mi_tf.bounds.donsker_varadhan import lower_bound_donsker_varadhan
from mi_tf.bounds.fenchel_legendre import lower_bound_fenchel_legendre
from mi_tf.bounds.info_nce import lower_bound_info_nce
from mi_tf.bounds.interpolated import lower_bound_interpolated
from mi_tf.bounds.jensen_shannon import jensen_shannon_divergence
from mi_tf.bounds.jensen_shannon import lower_bound_from_jensen_shannon
from mi_tf.bounds.jensen_shannon import lower_bound_jensen_shannon
from mi_tf.bounds.leave_one_out import upper_bound_leave_one_out
from mi_tf.bounds.nwj import lower_bound_nguyen_wainwright_jordan
from mi_tf.bounds.plug_in import mi_plug_in
from mi_tf.bounds.smile import mi_smile
from mi_tf.bounds.tuba import lower_bound_tuba

__all__ = [
  'jensen_shannon_divergence',
  'lower_bound_barber_agakov',
  'lower_bound_donsker_varadhan',
  'lower_bound_fenchel_legendre',
  'lower_bound_from_jensen_shannon',
  'lower_bound_info_nce',
  'lower_bound_interpolated',
  'lower_bound_jensen_shannon',
  'lower_bound_nguyen_wainwright_jordan',
  'lower_bound_tuba',
  'mi_club',
  'mi_plug_in',
  'mi_smile',
  'upper_bound_barber_agakov',
  'upper_bound_leave_one_out',
]
