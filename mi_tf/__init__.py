"""Mutual information for TensorFlow and TensorFlow Probability.

Each folder is one concept. To start, call a name of `mi_tf`, or `python -m`:

concept                                   folder       start with
----------------------------------------  -----------  -------------------------
two arrays, or a table -> an MI estimate  estimation   estimate_mi
an estimate: nats, interval, lower bound  results      MiEstimate
bounds: scores of pairs -> nats           bounds       lower_bound_info_nce
scores: dense, streamed, across replicas  scores       StreamedScores
critics: Keras layers, (x, y) -> scores   critics      SeparableCritic
the training loss, the number reported    objectives   get_objective
a Keras model that trains a critic        models       MiEstimator
learning by MI; a term of any loss        infomax      infomax.TwoViewInfoMax
encoders: Keras models, x -> vectors      encoders     encoders.Mlp
contrastive losses for two encoders       losses       losses.InfoNceLoss
Keras callbacks: MI of layers, probes     callbacks    callbacks.LinearProbe
distributions with a known MI             tasks        tasks.correlated_gaussian
figures                                   plotting     plotting.trace
the command line                          cli          -m mi_tf
experiments of papers, and records        experiments  -m mi_tf.experiments
accuracy and speed, and records           benchmarks   -m mi_tf.benchmarks.speed
private: checks of arguments, files       internal
"""

from mi_tf import bounds
from mi_tf import callbacks
from mi_tf import critics
from mi_tf import encoders
from mi_tf import estimation
from mi_tf import infomax
from mi_tf import losses
from mi_tf import models
from mi_tf import objectives
from mi_tf import plotting
from mi_tf import results
from mi_tf import scores
from mi_tf import tasks
from mi_tf.bounds import jensen_shannon_divergence
from mi_tf.bounds import lower_bound_barber_agakov
from mi_tf.bounds import lower_bound_donsker_varadhan
from mi_tf.bounds import lower_bound_fenchel_legendre
from mi_tf.bounds import lower_bound_from_jensen_shannon
from mi_tf.bounds import lower_bound_info_nce
from mi_tf.bounds import lower_bound_interpolated
from mi_tf.bounds import lower_bound_jensen_shannon
from mi_tf.bounds import lower_bound_nguyen_wainwright_jordan
from mi_tf.bounds import lower_bound_tuba
from mi_tf.bounds import mi_club
from mi_tf.bounds import mi_plug_in
from mi_tf.bounds import mi_smile
from mi_tf.bounds import upper_bound_barber_agakov
from mi_tf.bounds import upper_bound_leave_one_out
from mi_tf.critics import BilinearCritic
from mi_tf.critics import ConcatCritic
from mi_tf.critics import Critic
from mi_tf.critics import EllipticalCritic
from mi_tf.critics import GaussianCritic
from mi_tf.critics import get_critic
from mi_tf.critics import InnerProductCritic
from mi_tf.critics import SeparableCritic
from mi_tf.estimation import estimate_conditional_mi
from mi_tf.estimation import estimate_mi
from mi_tf.estimation import estimate_mi_from_densities
from mi_tf.estimation import estimate_total_correlation
from mi_tf.models import MiEstimator
from mi_tf.objectives import get_objective
from mi_tf.objectives import LearnedBaseline
from mi_tf.objectives import MovingAverageBaseline
from mi_tf.objectives import Objective
from mi_tf.results import MiEstimate
from mi_tf.scores import ReplicaScores
from mi_tf.scores import StreamedScores
from mi_tf.version import __version__

__all__ = [
  'BilinearCritic',
  'ConcatCritic',
  'Critic',
  'EllipticalCritic',
  'GaussianCritic',
  'InnerProductCritic',
  'LearnedBaseline',
  'MiEstimate',
  'MiEstimator',
  'MovingAverageBaseline',
  'Objective',
  'ReplicaScores',
  'SeparableCritic',
  'StreamedScores',
  '__version__',
  'bounds',
  'callbacks',
  'critics',
  'encoders',
  'estimate_conditional_mi',
  'estimate_mi',
  'estimate_mi_from_densities',
  'estimate_total_correlation',
  'estimation',
  'get_critic',
  'get_objective',
  'infomax',
  'jensen_shannon_divergence',
  'losses',
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
  'models',
  'objectives',
  'plotting',
  'results',
  'scores',
  'tasks',
  'upper_bound_barber_agakov',
  'upper_bound_leave_one_out',
]
