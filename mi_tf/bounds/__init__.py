"""Bounds and estimates of mutual information from scores of pairs, in nats.

Each function takes scores and returns a number; there are no variables, no
Keras and no sampling here. What holds for all of them stands here once.

Scores. `logu[..., i, j] = f(x[i], y[j])` has shape `[..., N, M]`, `f` being
any critic. All leading dimensions are batch, and a batch behaves exactly like
a loop over its matrices. Shapes may be unknown until run time.

Joint samples. `joint_sample_mask` is bool-like and broadcastable to `logu`:
bools, or 0 and 1 of any integer or floating dtype. True marks the pairs that
were drawn together; all others are negatives. A row may have several joint
samples, or none. `None` is the rectangular identity: sample `i` is the pair
`(x[i], y[i])`, and columns from N on are more negatives (`M >= N`).

Weights. `sample_weight` tells how many times each sample counts: a weight of k
is the sample given k times, in value and in gradients. Weights are nonnegative,
of shape `[..., N]`, need not be whole, and are constants: no gradient reaches
them. A row of weight 0 is neither a joint sample nor a negative. In detail, a
lone `sample_weight` gives row `i` the weight `w_i`; column `j` has that of its
row, `c_j = w_j`, where there is one (`j < N <= M`), and 1 otherwise:

*   without a mask, the joint sample `(i, i)` counts `w_i`, and the negative
    `(i, j)` counts `w_i c_j`. The copies of a sample are negatives of each
    other, so that `(i, i)` counts `w_i max(c_i - 1, 0)` as a negative, too;
*   with a mask, which is repeated like the rows and columns, each pair counts
    `w_i c_j`, as a joint sample where it is True, as a negative elsewhere. A
    mask that is the identity is the same as none;
*   sums over all columns, as in InfoNCE, are weighted by `c_j`, and `log(M)` is
    the logarithm of the sum of `c_j`.

Where columns are not the rows' own, pass `sample_weight=(row_weights,
column_weights)`, the latter `[..., M]`, or `[..., N, M]` (of the rank of
`logu`) for one number in each row. If M = N, and all weights are equal and at
most 1, the value is that without weights. If no joint sample has a weight, or
no negative where one is needed, the value and the gradients are 0; and a joint
sample whose row (or column) has no negative drops out where a bound needs one
in each.

Streamed scores. In place of `logu`, the functions that average over all pairs
(not Fenchel-Legendre, interpolated and leave-one-out, nor Barber and Agakov's)
take `StreamedScores`, of dot products or of any critic (`Critic.stream`): the
same value and first derivatives, no `[N, M]` tensor, no batch. They have masks
by column and by block of rows, too; see there. Prefer a mask by column, `[N]`
integers, to a dense one where it will do: it costs nothing.

Numerics. Half-precision scores are reduced in float32, and only the result is
rounded to the dtype of `logu`. Scores of `-inf` at negatives drop out; CLUB,
which averages the scores themselves, is `inf` then. Where `exp` would overflow
it is continued by its tangent, so that values and gradients stay finite.

Errors. Every function raises `TypeError` if `logu` is not floating or the mask
is of a dtype that is not bool-like; and `ValueError` if a static shape, or the
value of a mask that is known statically, breaks a rule: rank below 2, `N > M`
without a mask, a mask that does not broadcast or holds another number than 0
and 1 (NaN, too), no joint sample, or no negative where one is needed, weights
that do not broadcast, are negative or not finite. With `validate_args=True` the
same rules are checked at run time, and that no score is NaN or `+inf`, and that
weights leave joint samples and negatives; then
`tf.errors.InvalidArgumentError` is raised.

Guarantees. The prefix tells: `lower_bound_*` and `upper_bound_*` hold in
expectation over samples, for any critic; `mi_*` has no side. A bound
holds for samples that the critic was *not* trained on.
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
