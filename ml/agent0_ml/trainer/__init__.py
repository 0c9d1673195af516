"""The trainer: one optimiser step as a function of (parent checkpoint, batch, config), over HTTP or as a command.

Read in this order: config, batch, losses, log_probabilities, pace, policy, train, files, store, trainer, service. It
knows rows, weights and losses. Left out on purpose: rewards, advantages, roles, recipes, sampling, evaluation, weight
transfer to model servers (they read the checkpoint's files), and mixtures of several losses in one step.
"""

import sys

# None hides scikit-learn from transformers, which imports it wherever it is installed: two seconds of each start, for
# nothing that is done here.
sys.modules.setdefault("sklearn", None)
