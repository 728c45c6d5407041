"""
=============================
What small changes must leave
=============================

:class:`~skdeepcluster.IMSAT` trains nothing but a network that says which cluster a row
is in: surely, all clusters equally often, and the same one after any small change of
the row. The change is the one to which the network is most sensitive, and takes no
knowledge of what the rows are.
"""

# %%
# Several short starts, one of which goes on
# ------------------------------------------
#
# Networks end in different optima. The loss tells early which are good: the start with
# the lowest one is trained on. Classes have no part in it.

from sklearn.datasets import load_digits

from skdeepcluster import IMSAT
from skdeepcluster.metrics import clustering_accuracy_score

X, y = load_digits(return_X_y=True)
X = X / 16
imsat = IMSAT(
    10,
    n_init=4,
    hidden_layer_sizes=(600, 600),
    max_epochs=40,
    random_state=0,
).fit(X)
print(f"k-means: {clustering_accuracy_score(y, imsat.initial_labels_):.3f}")
print(f"IMSAT: {clustering_accuracy_score(y, imsat.labels_):.3f}")

# %%
# Their losses, epoch by epoch. The last curve goes on where the best start ended.

import matplotlib.pyplot as plt
import pandas as pd

history = pd.DataFrame(imsat.history_)
figure, ax = plt.subplots(figsize=(7, 3.5), layout="constrained")
for stage, rows in history.groupby("stage", sort=False):
    first = 10 if stage == "cluster" else 0
    ax.plot(first + rows["epoch"], rows["train_loss"], label=stage)
ax.set(xlabel="epoch", ylabel="loss", yscale="log")
ax.legend()

# %%
# A step as long as the distance to a neighbour
# ---------------------------------------------
#
# Each digit, and the direction in which its prediction changes most, drawn as what is
# added (red) and taken away (blue). They are no strokes: so a network is fooled, unless
# it is trained not to be.

import torch

from skdeepcluster.losses import adversarial_direction

rows = torch.from_numpy(X[:8]).float().to(next(imsat.module_.parameters()).device)
assign = imsat.module_.assign
torch.manual_seed(0)
direction = adversarial_direction(
    assign, rows, assign(rows).exp(), torch.ones_like(rows[:, 0])
)

figure, axes = plt.subplots(2, 8, figsize=(8, 2.2), layout="constrained")
for digit, change, (above, below) in zip(X, direction.cpu(), axes.T, strict=False):
    above.imshow(digit.reshape(8, 8), cmap="gray_r")
    below.imshow(change.reshape(8, 8), cmap="RdBu_r", vmin=-0.5, vmax=0.5)
for ax in axes.flat:
    ax.set_axis_off()
plt.show()
