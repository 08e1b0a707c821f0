#!/usr/bin/env python3
"""Writes the JSON files beside it: numbers that the tests of `src/metrics/` hold, from public implementations. Needs
numpy, scipy, scikit-learn, torch and torchmetrics; each file says of which versions its numbers are."""

import json
from pathlib import Path

import numpy as np
import scipy
import scipy.linalg
import scipy.stats
import sklearn
import torch
import torchmetrics
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.metrics.pairwise import polynomial_kernel
from sklearn.neighbors import KNeighborsClassifier, NearestNeighbors
from sklearn.preprocessing import StandardScaler
from torchmetrics.image.kid import poly_mmd

HERE = Path(__file__).parent
VERSIONS = {module.__name__: module.__version__ for module in (np, scipy, sklearn, torch, torchmetrics)}


def write(name, content):
    text = json.dumps({"versions": VERSIONS, **content})
    (HERE / f"{name}.json").write_text(text.replace("], [", "],\n [") + "\n")


def normal(random, rows, width, shift=0.0, scale=1.0):
    """Features whose columns depend on each other, as float32 would read their decimals."""
    mixing = np.eye(width) + 0.5 * random.normal(size=(width, width)) / np.sqrt(width)
    values = shift + scale * random.normal(size=(rows, width)) @ mixing
    return np.round(values, 4).astype(np.float32).astype(np.float64)


def listed(values):
    return np.round(values, 4).tolist()


def pair(random, rows, width, shift, scale):
    return normal(random, rows[0], width), normal(random, rows[1], width, shift, scale)


def unbiased_mmd(x, y):
    """The unbiased estimate of arXiv 1801.01401 on scikit-learn's kernel."""
    n, m = len(x), len(y)
    kernel = lambda a, b: polynomial_kernel(a, b, degree=3, gamma=1 / x.shape[1], coef0=1)
    within = lambda a: (kernel(a, a).sum() - np.trace(kernel(a, a))) / (len(a) * (len(a) - 1))
    return within(x) + within(y) - 2 * kernel(x, y).sum() / (n * m)


def mmd(random):
    cases = []
    for rows, width, shift, scale in [((24, 24), 5, 0.4, 1.2), ((30, 17), 9, 0.0, 1.0), ((8, 40), 3, -1.0, 0.5)]:
        x, y = pair(random, rows, width, shift, scale)
        case = {"left": listed(x), "right": listed(y), "scikit_learn": unbiased_mmd(x, y)}
        if rows[0] == rows[1]:
            case["torchmetrics"] = float(poly_mmd(torch.tensor(x), torch.tensor(y)))
        blocks = int(np.sqrt(min(rows)))
        cut = lambda a: [a[len(a) * b // blocks : len(a) * (b + 1) // blocks] for b in range(blocks)]
        each = [unbiased_mmd(a, b) for a, b in zip(cut(x), cut(y))]
        case |= {"blocks": blocks, "block_mean": np.mean(each), "standard_error": scipy.stats.sem(each)}
        cases.append(case)
    write("mmd", {"cases": cases})


def frechet(random):
    cases = []
    for rows, width, shift, scale in [((40, 30), 4, 0.5, 1.5), ((60, 60), 12, 0.0, 1.0), ((5, 7), 8, 0.3, 1.0)]:
        x, y = pair(random, rows, width, shift, scale)
        covariances = [np.cov(x, rowvar=False), np.cov(y, rowvar=False)]
        root = scipy.linalg.sqrtm(covariances[0] @ covariances[1])
        mean_term = np.sum((x.mean(0) - y.mean(0)) ** 2)
        covariance_term = np.trace(covariances[0] + covariances[1]) - 2 * np.trace(root).real
        cases.append({
            "left": listed(x),
            "right": listed(y),
            "mean_term": mean_term,
            "covariance_term": covariance_term,
            "ranks": [int(np.linalg.matrix_rank(c)) for c in covariances],
        })
    write("frechet", {"cases": cases})


def radius(points, k):
    """Distance to the k-th nearest neighbour; scikit-learn's first one is the point itself."""
    return NearestNeighbors(n_neighbors=k + 1).fit(points).kneighbors(points)[0][:, k]


def neighbourhoods(random):
    cases = []
    for rows, width, shift, scale in [((40, 40), 3, 0.3, 1.0), ((35, 50), 5, 0.8, 0.7), ((50, 20), 2, 0.0, 1.5)]:
        real, synthesized = pair(random, rows, width, shift, scale)
        distance = np.linalg.norm(real[:, None] - synthesized[None], axis=2)
        case = {"real": listed(real), "synthesized": listed(synthesized), "expected": []}
        for k in (1, 3, 5):
            of_real, of_synthesized = radius(real, k), radius(synthesized, k)
            case["expected"].append({
                "k": k,
                "precision": (distance <= of_real[:, None]).any(0).mean(),
                "recall": (distance <= of_synthesized[None]).any(1).mean(),
                "density": (distance <= of_real[:, None]).sum() / (k * len(synthesized)),
                "coverage": (distance.min(1) <= of_real).mean(),
            })
        cases.append(case)
    write("neighbourhoods", {"cases": cases})


def classifiers(random):
    cases = []
    for rows, width, shift, scale in [((30, 30), 4, 0.6, 1.0), ((41, 41), 7, 0.3, 1.3), ((20, 20), 30, 0.4, 1.0)]:
        left, right = pair(random, rows, width, shift, scale)
        half = rows[0] // 2
        train, test = np.concatenate([left[:half], right[:half]]), np.concatenate([left[half:], right[half:]])
        labels, truth = np.repeat([0, 1], half), np.repeat([0, 1], len(test) // 2)
        k = int(np.sqrt(len(train))) | 1
        found = KNeighborsClassifier(k, algorithm="brute").fit(train, labels).predict(test)
        case = {
            "train": listed(train),
            "test": listed(test),
            "neighbours": {"predicted": found.tolist(), "accuracy": (found == truth).mean()},
            "logistic": [],
        }
        scaler = StandardScaler().fit(train)
        for ridge in (0.1, 1.0, 20.0):
            model = LogisticRegression(C=1 / ridge, solver="newton-cholesky", tol=1e-12, max_iter=1000)
            model.fit(scaler.transform(train), labels)
            found = model.predict(scaler.transform(test))
            case["logistic"].append({
                "ridge": ridge,
                "weights": [*model.coef_[0], model.intercept_[0]],
                "predicted": found.tolist(),
                "accuracy": (found == truth).mean(),
            })
        cases.append(case)
    write("classifiers", {"cases": cases})


def delong_error(positive, negative):
    """Standard error by the placement values of DeLong, DeLong & Clarke-Pearson (1988), all pairs at once."""
    wins = (positive[:, None] > negative[None]) + 0.5 * (positive[:, None] == negative[None])
    return np.sqrt(wins.mean(1).var(ddof=1) / len(positive) + wins.mean(0).var(ddof=1) / len(negative))


def ranking(random):
    cases = []
    for m, n, shift, decimals in [(30, 40, 0.8, 4), (25, 12, 0.3, 0), (50, 50, 2.0, 1), (10, 20, -1.0, 1)]:
        positive = np.round(random.normal(size=m) + shift, decimals)
        negative = np.round(random.normal(size=n), decimals)
        truth = np.repeat([1, 0], [m, n])
        area = roc_auc_score(truth, np.concatenate([positive, negative]))
        error = delong_error(positive, negative)
        low, high = np.clip(scipy.stats.norm.interval(0.95, area, error), 0, 1)
        cases.append({
            "positive": positive.tolist(),
            "negative": negative.tolist(),
            "area": area,
            "standard_error": error,
            "low": low,
            "high": high,
        })
    write("ranking", {"cases": cases})


def philox(counter, key):
    """Philox 4x32-10 (Salmon et al., SC 2011)."""
    counter, key = list(counter), list(key)
    for _ in range(10):
        a, b = counter[0] * 0xD2511F53, counter[2] * 0xCD9E8D57
        low = 0xFFFFFFFF
        counter = [b >> 32 ^ counter[1] ^ key[0], b & low, a >> 32 ^ counter[3] ^ key[1], a & low]
        key = [(key[0] + 0x9E3779B9) & low, (key[1] + 0xBB67AE85) & low]
    return counter


def words(seed, stream, part, draw, item, index):
    """Four words of the program's noise: purpose 8 (measures), the stream in place of the iteration."""
    place = philox([stream, 8 << 24, part, draw], [seed & 0xFFFFFFFF, seed >> 32])
    return philox([index, item, place[2], place[3]], place[:2])


def normals(seed, stream, part, item, count):
    """Box-Muller in float64, where the program's is in float32."""
    values = []
    for index in range((count + 3) // 4):
        a, b, c, d = words(seed, stream, part, 0, item, index)
        for u, angle in ((a, b), (c, d)):
            length = np.sqrt(-2 * np.log(((u >> 8) + 1) / 2**24))
            values += [length * np.cos(2 * np.pi * angle / 2**32), length * np.sin(2 * np.pi * angle / 2**32)]
    return np.array(values[:count])


def resample(seed, draw, count):
    """The indices of a bootstrap's resample."""
    uniform = lambda index: (lambda w: ((w[0] << 32 | w[1]) >> 11) / 2**53)(words(seed, 2, 0, draw, 0, index))
    return [min(int(uniform(index) * count), count - 1) for index in range(count)]


def interval(random):
    values = np.round(random.normal(size=25) ** 2, 4)
    resampled = np.array([np.median(values[resample(7, draw, len(values))]) for draw in range(200)])
    seeds = np.round(random.normal(3.0, 0.2, size=5), 4)
    student = scipy.stats.t.interval(0.95, len(seeds) - 1, seeds.mean(), scipy.stats.sem(seeds))
    quantiles = [(level, n) for level in (0.5, 0.9, 0.95, 0.999) for n in (1, 2, 3, 4, 7, 30, 1001)]
    write("interval", {
        "values": values.tolist(),
        "bootstrap_of_medians": {"seed": 7, "resamples": 200, "level": 0.9, "value": np.median(values),
                                 "low": np.quantile(resampled, 0.05), "high": np.quantile(resampled, 0.95)},
        "seeds": seeds.tolist(),
        "student": {"value": seeds.mean(), "low": student[0], "high": student[1]},
        "student_quantiles": [[level, n, scipy.stats.t.ppf((1 + level) / 2, n)] for level, n in quantiles],
        "normal_tails": [[z, scipy.stats.norm.sf(z)] for z in (-8.0, -2.6, -1.0, 0.0, 0.3, 1.96, 2.49, 2.5, 6.0, 30.0)],
    })


def texture(side, seed, channels):
    """An image on [-1, 1]: a slope with a coarse wave and grain, [channel, side, side]."""
    c, y, x = np.meshgrid(np.arange(channels), np.arange(side), np.arange(side), indexing="ij")
    grain = ((y * y * 31 + x * 17 + y * x * 7 + c * 53 + seed * 29) % 101) / 101
    wave = ((y // 4 + x // 6 + c + seed) % 5) / 5
    slope = (y + 2 * x) / (3 * side)
    return (grain + 2 * wave + 3 * slope) / 3 - 1


def random_convolutions(image):
    """The fixed network in torch's layers, float64."""
    planes = torch.tensor(np.repeat(image, 3 // len(image), axis=0))[None]
    row = []
    for level, (inputs, outputs) in enumerate([(3, 8), (8, 16), (16, 24)]):
        filters = np.array([normals(1, 1, level, filter, inputs * 9) for filter in range(outputs)])
        filters *= np.sqrt(2 / 1.04 / (filters**2).sum(1, keepdims=True))
        padded = torch.nn.functional.pad(planes, (1, 1, 1, 1), mode="replicate")
        maps = torch.nn.functional.conv2d(padded, torch.tensor(filters.reshape(outputs, inputs, 3, 3)))
        maps = torch.nn.functional.leaky_relu(maps, 0.2)
        row += [maps.mean((0, 2, 3)), maps.std((0, 2, 3), correction=0)]
        planes = torch.nn.functional.avg_pool2d(maps, 2, ceil_mode=maps.shape[-1] == 1)
    return torch.cat(row).tolist()


def features():
    sizes = [(4, 1), (7, 3), (16, 3), (33, 1)]
    write("features", {"cases": [
        {"side": side, "channels": channels, "random_convolutions": random_convolutions(texture(side, 0, channels))}
        for side, channels in sizes
    ]})


if __name__ == "__main__":
    for seed, make in enumerate([mmd, frechet, neighbourhoods, classifiers, ranking, interval]):
        make(np.random.default_rng(seed))
    features()
