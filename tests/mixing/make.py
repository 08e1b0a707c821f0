"""Writes chains.json: chains of a number, and what ArviZ says of them. Tests read the file and never Python."""

import json
import warnings
from pathlib import Path

import numpy as np
import scipy

warnings.simplefilter("ignore")
import arviz as az  # noqa: E402  (it warns of its own future when it is imported)

RNG = np.random.default_rng(1903)


def autoregressive(phi, chains, draws):
    """AR(1) chains of variance 1: their integrated autocorrelation time is (1 + phi) / (1 - phi)."""
    rows = np.empty((chains, draws))
    rows[:, 0] = RNG.normal(size=chains)
    for t in range(1, draws):
        rows[:, t] = phi * rows[:, t - 1] + np.sqrt(1 - phi**2) * RNG.normal(size=chains)
    return rows


def cases():
    yield "independent", RNG.normal(size=(4, 100))
    yield "autoregressive .5", autoregressive(0.5, 4, 150)
    yield "autoregressive .9", autoregressive(0.9, 4, 200)
    yield "autoregressive -.6", autoregressive(-0.6, 3, 120)
    yield "an odd number of draws", autoregressive(0.3, 2, 101)
    yield "one chain", autoregressive(0.7, 1, 150)
    shifted = autoregressive(0.3, 4, 100)
    shifted[0] += 3
    yield "one chain shifted", shifted
    scaled = autoregressive(0.3, 4, 100)
    scaled[1] *= 6
    yield "one chain wider", scaled
    yield "heavy tails", RNG.standard_cauchy(size=(4, 100))
    stuck = autoregressive(0.3, 4, 80)
    stuck[2] = stuck[2, 0]
    yield "one chain stuck", stuck
    yield "all chains stuck", np.repeat([[0.0], [1.0], [2.5], [4.0]], 60, axis=1)
    yield "a trend", autoregressive(0.2, 3, 90) + np.linspace(0, 4, 90)
    yield "ties", np.round(2 * autoregressive(0.6, 4, 100)) / 2
    yield "large offset", 1e6 + autoregressive(0.6, 2, 100)
    yield "few draws", RNG.normal(size=(3, 4))
    yield "five draws", RNG.normal(size=(2, 5))


def number(value):
    """JSON has no infinity: it is written as a text. ArviZ's variance of equal scores is rounding error above 0."""
    return "infinite" if value > 1e12 else None if np.isnan(value) else float(value)


def judged(name, chains):
    chains = np.round(chains, 6)
    with np.errstate(all="ignore"):
        r_hat = {method: number(az.rhat(chains, method=method)) for method in ["rank", "split", "folded", "z_scale"]}
        ess = {method: number(az.ess(chains, method=method)) for method in ["bulk", "tail", "mean"]}
    return {
        "name": name,
        "r_hat": r_hat,
        "ess": ess,
        "autocorrelation": [number(value) for value in az.autocorr(chains[0])[:4]],
        "chains": chains.tolist(),
    }


def main():
    versions = {module.__name__: module.__version__ for module in [az, np, scipy]}
    cases_judged = [json.dumps(judged(name, chains)) for name, chains in cases()]
    text = '{"versions": %s,\n"cases": [\n%s\n]}\n' % (json.dumps(versions), ",\n".join(cases_judged))
    Path(__file__).with_name("chains.json").write_text(text)


main()
