#!/usr/bin/env python3
"""A PyTorch baseline of multi-grid minimal contrastive divergence, for `emberlab bench RECIPE --compare-torch PYTHON`.

Algorithm 1: on grids 1 to S, images come up from the coarser grid and take Langevin steps
    Y <- Y - drift * dE/dY + noise * U,   dE/dY = pull * Y - df/dY
and then each network ascends  mean f(observed) - mean f(synthesized).

modes
    measure   one JSON line: a step on each grid and one whole update, in milliseconds, and the peak of memory
    profile   one JSON line for each grid: the operators of a step
    check     one JSON line for each grid: how far this variant's gradient is from `eager`'s
    peak      JSON lines: GFLOP/s of a large matrix product and of a large convolution

variants
    eager       operator by operator, channels before rows and columns
    eager_cl    the same with channels innermost (channels_last)
    compile_cl  torch.compile, channels innermost

Settings come from `--config-json FILE`, which emberlab writes from a recipe, or from `--config NAME`. They hold
`batch`, `channels` of the images, their `range`, the side of the `coarsest` grid, and `grids`, each with its `side`,
`norm` (batch, joint, frozen or none), `layers`, `steps`, `drift`, `noise`, `gradient_limit` or null, `clamp` to
[low, high] or null, and `pull` of the reference. A layer has a `kind`: convolution (`channels`, `kernel`, `stride`,
zeros `before` and `after`), norm, relu, leaky (`slope`), silu or softplus. A fully connected layer goes on top.
"""
import argparse
import json
import resource
import statistics
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn

EPSILON = 1e-5
ACTIVATIONS = {
    "relu": lambda layer: nn.ReLU(),
    "leaky": lambda layer: nn.LeakyReLU(layer["slope"]),
    "silu": lambda layer: nn.SiLU(),
    "softplus": lambda layer: nn.Softplus(),
}


def block(channels, kernel, stride):
    """A convolution padded by half its kernel, batch normalization and relu."""
    pad = kernel // 2
    convolution = dict(kind="convolution", channels=channels, kernel=kernel, stride=stride, before=pad, after=pad)
    return [convolution, dict(kind="norm"), dict(kind="relu")]


def plain(batch, sides_and_blocks):
    """Settings with the paper's kernel."""
    kernel = dict(norm="batch", steps=30, drift=0.045, noise=0.3, gradient_limit=None, clamp=None, pull=1.0)
    grids = [dict(side=side, layers=sum((block(*b) for b in blocks), []), **kernel) for side, blocks in sides_and_blocks]
    return dict(batch=batch, channels=3, range=[-1.0, 1.0], coarsest=1, grids=grids)


CONFIGS = {
    "paper": plain(100, [
        (4, [(96, 5, 2), (128, 3, 1), (256, 3, 1)]),
        (16, [(96, 5, 2), (128, 3, 1), (256, 3, 1), (512, 3, 1)]),
        (64, [(96, 5, 2), (128, 3, 2), (256, 3, 1)]),
    ]),
    "small": plain(64, [
        (2, [(32, 5, 2), (64, 3, 1), (128, 3, 1)]),
        (8, [(32, 5, 2), (64, 3, 1), (128, 3, 1)]),
        (32, [(32, 5, 2), (64, 3, 2), (128, 3, 1)]),
    ]),
}


class Convolution(nn.Module):
    def __init__(self, inputs, layer):
        super().__init__()
        before, after = layer["before"], layer["after"]
        # Padding that is the same on both sides is the convolution's own and costs no copy.
        self.pad = None if before == after else (before, after, before, after)
        inner = before if before == after else 0
        self.convolution = nn.Conv2d(inputs, layer["channels"], layer["kernel"], layer["stride"], inner)

    def forward(self, x):
        return self.convolution(x if self.pad is None else F.pad(x, self.pad))


class Norm(nn.Module):
    """Batch normalization with the statistics of the batch, or with running ones."""

    def __init__(self, channels, frozen):
        super().__init__()
        self.frozen = frozen
        self.weight, self.bias = nn.Parameter(torch.ones(channels)), nn.Parameter(torch.zeros(channels))
        self.register_buffer("mean", torch.zeros(channels))
        self.register_buffer("variance", torch.ones(channels))

    def forward(self, x):
        if self.frozen:
            return F.batch_norm(x, self.mean, self.variance, self.weight, self.bias, False, 0.0, EPSILON)
        return F.batch_norm(x, None, None, self.weight, self.bias, True, 0.1, EPSILON)


class Network(nn.Module):
    """The score f(Y) of a grid."""

    def __init__(self, grid, channels, channels_last):
        super().__init__()
        self.channels_last = channels_last
        layers, side = [], grid["side"]
        for layer in grid["layers"]:
            if layer["kind"] == "convolution":
                layers.append(Convolution(channels, layer))
                channels = layer["channels"]
                side = (side + layer["before"] + layer["after"] - layer["kernel"]) // layer["stride"] + 1
            elif layer["kind"] == "norm":
                layers.append(Norm(channels, grid["norm"] == "frozen"))
            else:
                layers.append(ACTIVATIONS[layer["kind"]](layer))
        self.layers, self.side = nn.Sequential(*layers), side
        self.top = nn.Linear(channels * side * side, 1)

    def forward(self, y):
        x = self.layers(y)
        if not self.channels_last:
            return self.top(x.flatten(1)).squeeze(1)
        # The small weight is turned, rather than the large map copied.
        weight = self.top.weight.view(-1, self.side, self.side).permute(1, 2, 0).reshape(1, -1)
        return F.linear(x.permute(0, 2, 3, 1).flatten(1), weight, self.top.bias).squeeze(1)


class Grid:
    """A network with its kernel, and a batch that stands for the observed images."""

    def __init__(self, settings, grid, arguments):
        self.settings, self.device = grid, arguments.device
        channels_last = arguments.variant.endswith("_cl")
        self.layout = torch.channels_last if channels_last else torch.contiguous_format
        network = Network(grid, settings["channels"], channels_last).to(arguments.device, memory_format=self.layout)
        self.parameters = list(network.parameters())
        compiled = arguments.variant.startswith("compile")
        self.network = torch.compile(network, dynamic=False) if compiled else network
        shape = (settings["batch"], settings["channels"], grid["side"], grid["side"])
        self.observed = self.place(random_images(shape, settings["range"]))
        self.state, self.shake = self.observed.clone(), torch.empty_like(self.observed)

    def place(self, images):
        return images.to(self.device).contiguous(memory_format=self.layout)

    def sampling(self):
        """Weights get no gradient while the chains move."""
        for parameter in self.parameters:
            parameter.requires_grad_(False)

    def gradient(self, y):
        """df/dY"""
        with torch.enable_grad():
            y = y.detach().requires_grad_(True)
            return torch.autograd.grad(self.network(y).sum(), y)[0]

    @torch.no_grad()
    def step(self, y):
        """A Langevin step, in place."""
        grid, gradient = self.settings, self.gradient(y)
        if grid["gradient_limit"] is None:
            y.mul_(1 - grid["drift"] * grid["pull"]).add_(gradient, alpha=grid["drift"])
        else:
            if grid["pull"]:
                gradient.sub_(y, alpha=grid["pull"])
            y.add_(gradient.clamp_(-grid["gradient_limit"], grid["gradient_limit"]), alpha=grid["drift"])
        if grid["noise"]:
            # On a channels_last tensor normal_ takes a far slower way; in the order of memory it does not.
            flat = self.shake.permute(0, 2, 3, 1) if self.layout == torch.channels_last else self.shake
            flat.view(-1).normal_()
            y.add_(self.shake, alpha=grid["noise"])
        return y if grid["clamp"] is None else y.clamp_(*grid["clamp"])

    def learn(self, synthesized, rate):
        """One step of gradient descent on mean f(synthesized) - mean f(observed)."""
        for parameter in self.parameters:
            parameter.requires_grad_(True)
            parameter.grad = None
        if self.settings["norm"] == "joint":
            scores = self.network(torch.cat([synthesized, self.observed]).contiguous(memory_format=self.layout))
            synthesized_score, observed_score = scores.chunk(2)
        else:
            synthesized_score, observed_score = self.network(synthesized), self.network(self.observed)
        (synthesized_score.mean() - observed_score.mean()).backward()
        with torch.no_grad():
            for parameter in self.parameters:
                if parameter.grad is not None:
                    parameter.add_(parameter.grad, alpha=-rate)


def random_images(shape, limits):
    low, high = limits
    return (low + high) / 2 + 0.2 * (high - low) * torch.randn(shape)


def synchronize(device):
    if device.startswith("cuda"):
        torch.cuda.synchronize()


def timed(device, work):
    """The time of `work` in milliseconds."""
    synchronize(device)
    started = time.perf_counter()
    work()
    synchronize(device)
    return 1e3 * (time.perf_counter() - started)


def update(grids, coarsest):
    """One whole update: the chains of every grid, then learning on every grid."""
    images, chains = coarsest, []
    for grid in grids:
        grid.sampling()
        side = grid.settings["side"]
        images = grid.place(F.interpolate(images, size=(side, side), mode="nearest"))
        for _ in range(grid.settings["steps"]):
            images = grid.step(images)
        chains.append(images.clone(memory_format=torch.preserve_format))
    for grid, synthesized in zip(grids, chains):
        grid.learn(synthesized, 0.0)


def peak_memory():
    """Bytes. `ru_maxrss` would count what emberlab held when it started this process, and is the second choice."""
    try:
        with open("/proc/self/status", encoding="utf-8") as file:
            return next(1024 * int(line.split()[1]) for line in file if line.startswith("VmHWM:"))
    except (OSError, StopIteration):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def measure(arguments, settings, grids):
    times = []
    for grid in grids:
        grid.sampling()
        timed(arguments.device, lambda: grid.step(grid.state))
        steps = [timed(arguments.device, lambda: grid.step(grid.state)) for _ in range(arguments.repeats)]
        times.append(statistics.median(steps))
    for grid in grids:
        grid.learn(grid.observed, 0.0)
        grid.sampling()
    side = settings["coarsest"]
    coarsest = random_images((settings["batch"], settings["channels"], side, side), settings["range"])
    whole = timed(arguments.device, lambda: update(grids, coarsest.to(arguments.device)))
    finite = all(bool(torch.isfinite(grid.state).all()) for grid in grids)
    emit(arguments, step_ms=times, update_ms=whole, peak_memory=peak_memory(), finite=finite)


def profile(arguments, settings, grids):
    from torch.profiler import ProfilerActivity, profile as profiler
    activities = [ProfilerActivity.CPU] + ([ProfilerActivity.CUDA] if arguments.device.startswith("cuda") else [])
    for grid in grids:
        grid.sampling()
        grid.step(grid.state)
        with profiler(activities=activities, record_shapes=True) as record:
            for _ in range(arguments.repeats):
                grid.step(grid.state)
            synchronize(arguments.device)
        events = sorted(record.key_averages(group_by_input_shape=True), key=lambda event: -event.self_cpu_time_total)
        operators = [
            dict(name=event.key, shapes=str(event.input_shapes[:3]), ms=event.self_cpu_time_total / 1e3 / arguments.repeats)
            for event in events[:18]
        ]
        emit(arguments, side=grid.settings["side"], operators=operators)


def check(arguments, settings, grids):
    plain_arguments = argparse.Namespace(**{**vars(arguments), "variant": "eager"})
    for grid in grids:
        plain_grid = Grid(settings, grid.settings, plain_arguments)
        for ours, parameter in zip(plain_grid.parameters, grid.parameters):
            ours.data.copy_(parameter.data)
        grid.sampling()
        plain_grid.sampling()
        expected, found = plain_grid.gradient(grid.observed.contiguous()), grid.gradient(grid.observed)
        emit(arguments, side=grid.settings["side"], error=((found - expected).norm() / expected.norm()).item())


def peak(arguments, settings, grids):
    size = 2048
    left, right, product = torch.randn(size, size), torch.randn(size, size), torch.empty(size, size)
    images = torch.randn(32, 256, 16, 16).contiguous(memory_format=torch.channels_last)
    weights = torch.randn(256, 256, 3, 3).contiguous(memory_format=torch.channels_last)
    works = [
        ("matrix product", 2 * size**3, lambda: torch.mm(left, right, out=product)),
        ("convolution", 2 * 32 * 16 * 16 * 256 * 256 * 9, lambda: F.conv2d(images, weights, padding=1)),
    ]
    for name, flops, work in works:
        work()
        best = min(timed("cpu", work) for _ in range(arguments.repeats))
        emit(arguments, what=name, gflops=flops / best / 1e6)


def emit(arguments, **values):
    about = dict(mode=arguments.mode, variant=arguments.variant, device=arguments.device)
    print(json.dumps(dict(about, threads=torch.get_num_threads(), torch=torch.__version__, **values)), flush=True)


def main():
    modes = dict(measure=measure, profile=profile, check=check, peak=peak)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mode", choices=modes)
    parser.add_argument("--config", default="paper", choices=CONFIGS)
    parser.add_argument("--config-json", metavar="FILE", help="settings that emberlab wrote, in place of --config")
    parser.add_argument("--variant", default="eager_cl", choices=["eager", "eager_cl", "compile_cl"])
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=0, help="0 keeps PyTorch's own choice")
    parser.add_argument("--repeats", type=int, default=9, help="a step's time is the median of this many")
    arguments = parser.parse_args()
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    torch.manual_seed(1)
    settings = CONFIGS[arguments.config]
    if arguments.config_json:
        with open(arguments.config_json, encoding="utf-8") as file:
            settings = json.load(file)
    grids = [] if arguments.mode == "peak" else [Grid(settings, grid, arguments) for grid in settings["grids"]]
    modes[arguments.mode](arguments, settings, grids)


if __name__ == "__main__":
    main()
