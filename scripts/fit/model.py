"""Cues and truth -> the weights of a perceptron with one layer of soft units, as `perceptron.rs` runs it."""
import numpy as np

BATCH, RATE_FIRST, RATE_LAST = 2048, 0.02, 0.0005


def fit(x, y, weight, units, decay, epochs, seed=1):
    """Gradient descent (Adam) on the weighted log loss, with the weights drawn towards 0 by `decay`."""
    random = np.random.default_rng(seed)
    mean, scale = x.mean(0), x.std(0) + 1e-3
    z = ((x - mean) / scale).astype('f4')
    p = [random.standard_normal((x.shape[1], units)) / np.sqrt(x.shape[1]), np.zeros(units), random.standard_normal(units) / np.sqrt(units), np.zeros(1)]
    p = [a.astype('f4') for a in p]
    first, second, step = [np.zeros_like(a) for a in p], [np.zeros_like(a) for a in p], 0
    weight = (weight / weight.mean()).astype('f4')
    steps = epochs * (len(z) // BATCH)
    for _ in range(epochs):
        order = random.permutation(len(z))
        for at in range(0, len(z) - BATCH + 1, BATCH):
            rows = order[at:at + BATCH]
            step += 1
            rate = RATE_FIRST * (RATE_LAST / RATE_FIRST) ** (step / steps)
            for a, g, m, v in zip(p, gradient(p, z[rows], y[rows], weight[rows], decay), first, second):
                m += .1 * (g - m)
                v += .002 * (g * g - v)
                a -= rate * (m / (1 - .9 ** step)) / (np.sqrt(v / (1 - .998 ** step)) + 1e-8)
    inputs = p[0] / scale[:, None]
    return inputs, p[1] - mean @ inputs, p[2], p[3]


def gradient(p, x, y, weight, decay):
    inputs, biases, units, bias = p
    s = x @ inputs + biases
    d = 1 / (1 + np.abs(s))
    h = s * d
    off = weight * (1 / (1 + np.exp(-(h @ units + bias[0]))) - y) / len(y)
    back = off[:, None] * units * d * d
    return x.T @ back + decay * inputs, back.sum(0), h.T @ off + decay * units, off.sum(keepdims=True)


def log_odds(p, x):
    inputs, biases, units, bias = p
    s = x @ inputs + biases
    return (s / (1 + np.abs(s))) @ units + bias[0]


def loss(odds, y, weight):
    return float(np.average(np.logaddexp(0, odds) - y * odds, weights=weight))


def as_rust(what, p):
    """The file that the program is built with."""
    inputs, biases, units, bias = p
    number = lambda v: repr(float(f'{v:.4g}'))
    row = lambda values: '[' + ', '.join(map(number, values)) + ']'
    lines = [f'//! The fitted weights of {what.what}.', '', 'use crate::ear::features::perceptron::Perceptron;',
             f'use crate::ear::features::{what.module}::{what.cues};', '', f'/// {what.doc}',
             f'pub const {what.constant}: Perceptron<{what.cues}, {len(units)}> = Perceptron {{', '    inputs: [']
    lines += [f'        {row(values)},' for values in inputs]
    return '\n'.join(lines + ['    ],', f'    biases: {row(biases)},', f'    units: {row(units)},', f'    bias: {number(bias[0])},', '};', ''])
