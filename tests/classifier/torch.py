"""Three steps of PyTorch's AdamW on a ConvNet and a feature map under the two-layer classifier of the paper's section 7.3,
for the tests of `src/compute/classifier.rs`. Writes torch.json beside itself: python torch.py
"""

import json
import os
import sys

# The folder of this script holds a module called torch: the script itself.
sys.path = [place for place in sys.path if os.path.abspath(place or ".") != os.path.dirname(os.path.abspath(__file__))]
import torch
from torch import nn
from torch.nn import functional

IMAGES, HIDDEN, CLASSES, RATE, DECAY, STEPS = 6, 4, 3, 0.05, 0.1, 3


class Branch(nn.Module):
    """Layers below, then a 3x3 convolution and ReLU, then this grid's part of the fully connected layer."""

    def __init__(self, below, channels, side, bias):
        super().__init__()
        self.below = below
        self.first = nn.Conv2d(channels, HIDDEN, 3, padding=1)
        self.top = nn.Conv2d(HIDDEN, CLASSES, side, bias=bias)

    def forward(self, images):
        return self.top(functional.relu(self.first(self.below(images)))).flatten(1)


def values(tensor):
    return [round(value, 7) for value in tensor.detach().flatten().tolist()]


def parameters(branch):
    """In layer order, a bias of zeros where the branch has none."""
    tensors = [{"shape": list(p.shape), "data": values(p)} for p in branch.parameters()]
    return tensors if branch.top.bias is not None else tensors + [{"shape": [CLASSES], "data": [0.0] * CLASSES}]


torch.manual_seed(1)
convnet = nn.Sequential(nn.Conv2d(2, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU())
branches = nn.ModuleList([Branch(convnet, 4, 4, True), Branch(nn.Identity(), 3, 2, False)])
with torch.no_grad():
    for parameter in branches.parameters():
        parameter.copy_((parameter * 1e4).round() / 1e4)
inputs = [(torch.randn(IMAGES, 2, 4, 4) * 1e3).round() / 1e3, (torch.randn(IMAGES, 3, 2, 2) * 1e3).round() / 1e3]
labels = torch.tensor([0, 1, 2, 2, 1, 0])
before = [parameters(branch) for branch in branches]
weights = [p for p in branches.parameters() if p.dim() > 1]
vectors = [p for p in branches.parameters() if p.dim() == 1]
groups = [{"params": weights, "weight_decay": DECAY}, {"params": vectors, "weight_decay": 0.0}]
optimizer = torch.optim.AdamW(groups, lr=RATE)
losses, errors = [], []
for _ in range(STEPS):
    scores = sum(branch(images) for branch, images in zip(branches, inputs))
    loss = functional.cross_entropy(scores, labels)
    losses.append(loss.item())
    errors.append((scores.argmax(1) != labels).double().mean().item())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

fixture = {
    "made_with": f"torch {torch.__version__}",
    "rate": RATE,
    "decay": DECAY,
    "inputs": [{"shape": list(images.shape), "data": values(images)} for images in inputs],
    "labels": labels.tolist(),
    "before": before,
    "losses": losses,
    "errors": errors,
    "after": [parameters(branch) for branch in branches],
    "running_mean": values(convnet[1].running_mean),
}
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "torch.json"), "w") as file:
    json.dump(fixture, file, separators=(",", ":"))
    file.write("\n")
