# %% [markdown]
# # On mutual information maximization for representation learning
#
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/#upload=true)
#
# Does an encoder that keeps more information give better representations?
# [Tschannen et al. (2020)](https://arxiv.org/abs/1907.13625) trained encoders
# of the upper and the lower halves of MNIST's digits to maximize a bound on
# what the two representations share, and asked a linear classifier to read the
# digit off the upper half's. Their answer: the bound says little; the encoder,
# and how the bound is estimated, say much. Here are their six experiments.
#
# The figures are drawn from the records that come with `mi_tf`; the tables say
# how many seeds and updates each run had, and where that is less than in the
# paper. Any experiment can be run anew below.
#
# Runtime: half a minute; a re-run of one experiment takes minutes to hours, as
# its table says.

# %%
# @title Setup
quick = False  # @param {type:"boolean"}
# What pip installs where mi_tf is missing.
package = '..'  # @param {type:"string"}

try:
  import mi_tf
except ImportError:
  # %pip install --quiet "{package}[experiments]"
  import mi_tf  # noqa: F401

import os
import subprocess
import sys

from IPython import display

# %% [markdown]
# The command `python -m mi_tf.experiments` runs experiments, which writes their
# records, and draws figures and tables from records.


# %%
def experiments(*arguments):
  """Runs the command, and returns what it prints."""
  command = [sys.executable, '-m', 'mi_tf.experiments', *arguments]
  done = subprocess.run(command, capture_output=True, text=True, check=False)
  if done.returncode:
    raise RuntimeError(f'{" ".join(command)}:\n{done.stderr}')
  return done.stdout


# %%
# @title Run an experiment anew
# One of pixels, invertible, adversarial, hard_to_invert, critics, encoders,
# non_iid and conv_net; or nothing, to draw the records that there are.
rerun = ''  # @param {type:"string"}
steps = 0  # @param {type:"integer"}
dataset = 'mnist'  # @param ["mnist", "digits"]
options = []
if quick:
  rerun, steps, dataset = 'critics', 20, 'digits'
  options = ['--quick', '--max_runs=1']
if rerun:
  if steps:  # Else as many as in the paper.
    options.append(f'--steps={steps}')
  experiments(rerun, f'--dataset={dataset}', '--out=my_records', *options)

# %%
folder = ['--records=my_records'] if rerun else []
report = experiments('report', '--out=figures', *folder)
tables = dict(
  section.split('\n\n', 1) for section in report.split('## ') if '|' in section
)


def show(name):
  """Shows the figure and the table of an experiment."""
  if name not in tables:
    print(f'No record of {name} yet: python -m mi_tf.experiments {name}')
    return
  if os.path.exists(f'figures/{name}.png'):
    display.display(display.Image(f'figures/{name}.png'))
  display.display(display.Markdown(tables[name].split('\n\n')[0]))


# %% [markdown]
# ## What the pixels give
#
# The line to beat: a linear classifier of the upper half's pixels themselves.

# %%
show('pixels')

# %% [markdown]
# ## 1. Encoders that lose nothing
#
# A RealNVP is invertible, whatever its weights are. It can neither gain nor
# lose information, so that the truth is the same at each update, and all that
# training can change is the form in which information is kept. Yet the bound
# rises, and so does the accuracy: maximizing it did something, but not what the
# name says.

# %%
show('invertible')

# %% [markdown]
# ## 2. The same encoders, made bad
#
# Again invertible, but trained *against* a linear classifier. All information
# about the digit is still there (right: the inverse gives the image back, up to
# rounding), and the classifier of the paper found less and less of it.

# %%
show('adversarial')

# %% [markdown]
# ## 3. Encoders that need not be invertible
#
# An MLP with shortcuts, which starts near the identity and may do what it
# likes. The condition number of its Jacobian says how unequally it stretches an
# image's directions. It grows: the bound makes the encoder *harder* to invert,
# although in truth that can't add information.

# %%
show('hard_to_invert')

# %% [markdown]
# ## 4. Critics
#
# A critic of more capacity gives a tighter bound. Compare, within a column, the
# order of the accuracies (above) with that of the bounds (below).

# %%
show('critics')

# %% [markdown]
# ## 5. Encoders at the same bound
#
# Encoders are trained to reach a target t of the bound, and not to pass it. If
# the value of the bound were what makes a representation good, two encoders at
# the same t would be as good as each other. A ConvNet and an MLP are not.

# %%
show('encoders')

# %% [markdown]
# ## 6. Batches whose samples depend on each other
#
# InfoNCE and NWJ are lower bounds if negatives are independent draws. Here all
# samples of a batch have a part in common, which is to say that negatives are
# not: the bound may then exceed the truth, the dotted line. With independent
# batches it does not.

# %%
show('non_iid')

# %% [markdown]
# ## The best of these settings
#
# A ConvNet, a bilinear critic and InfoNCE, without a target.

# %%
show('conv_net')

# %% [markdown]
# ## What to take home
#
# A bound that is maximized is a loss like others. Judge a representation by
# what it is for, on data that are new to it (`mi_tf.callbacks.LinearProbe`),
# and mutual information by an estimate on new samples (`mi_tf.estimate_mi`).
# That the one is good does not follow from the other.
