"""The same recordings as other inputs would bring them -> how far each figure moves.

Used by `scripts/accuracy --robust`. Everything is made with fixed seeds, and nothing is kept.
"""
import os
import sys
import tempfile
import zlib
from pathlib import Path

import numpy as np

PACKET_S = 0.02
"""What one lost packet of telephony takes away."""

FIGURES = {
    'vad.pav.f1_at_half': 'speech F1',
    'pauses.pav.f1': 'pause F1',
    'pauses.calls.f1': 'pause F1, calls',
    'rate.timit.bias': 'syllables, bias %',
    'rate.timit.relerr': 'relerr %',
    'pitch.clean.ffe': 'pitch ffe %',
    'pitch.clean.gpe20': 'gpe20 %',
    'pitch.clean.std_err': 'std_err %',
    'turns.share_err_pts': 'talk share, pts',
    'turns.fto_err_ms': 'transfers, ms',
}
"""Scored against the truth."""

PRODUCT = ('speech_s', 'nuclei', 'pauses', 'f0_median_hz', 'f0_sd_st')
"""What the program reports: sums over files, and for pitch the median over files of a file's change."""


def gain(db):
    return lambda x, rate, tool, key: (x * 10 ** (db / 20), rate)


def rate_of(hz):
    def change(x, rate, tool, key):
        return np.stack([tool.resample(channel, rate, hz) for channel in x.T], 1), hz
    return change


def hum(db, harmonics):
    def change(x, rate, tool, key):
        t = np.arange(len(x)) / rate
        tone = sum(weight * np.sin(2 * np.pi * 50 * n * t) for n, weight in harmonics)
        return x + 10 ** (db / 20) * np.sqrt(2) * tone[:, None], rate
    return change


def offset(x, rate, tool, key):
    return x + 0.05, rate


def loss(share):
    def change(x, rate, tool, key):
        x, packet = x.copy(), int(PACKET_S * rate)
        lost = np.random.default_rng(zlib.crc32(key.encode())).random(len(x) // packet + 1) < share
        for at in np.flatnonzero(lost):
            x[at * packet:(at + 1) * packet] = 0
        return x, rate
    return change


def loudspeaker(loss_db, delay_s):
    """The client out of the rep's loudspeaker into the rep's microphone; what has one channel stays as it is."""
    def change(x, rate, tool, key):
        if x.shape[1] < 2:
            return x, rate
        late = int(delay_s * rate)
        echo = np.concatenate([np.zeros(late), x[:len(x) - late, 1]])
        return x + np.stack([echo * 10 ** (-loss_db / 20), np.zeros(len(x))], 1), rate
    return change


LOUDSPEAKER = {f'client {loss} dB lower, {round(1000 * delay)} ms later': loudspeaker(loss, delay)
               for loss in (6, 12, 20) for delay in (.02, .1, .2)}

VARIANTS = {
    'gain -30 dB': gain(-30), 'gain -20 dB': gain(-20), 'gain -10 dB': gain(-10), 'gain +6 dB, clipped': gain(6),
    '8 kHz': rate_of(8000), '44.1 kHz': rate_of(44100), '48 kHz': rate_of(48000),
    'hum 50 Hz, -40 dBFS': hum(-40, [(1, 1)]), 'hum with 100 and 150 Hz': hum(-40, [(1, 1), (2, .3), (3, .3)]),
    'DC offset 0.05': offset, 'packet loss 1 %': loss(0.01),
}


def measure(kit, program, variants=None, groups=('pitch/clean', 'pav', 'calls', 'timit', 'zh')):
    """[(variant, scores, what the program reports, relative to the recordings as they are)]"""
    sys.path.insert(0, str(kit / 'tools'))
    import accuracy as tool
    corpus = str(kit / 'corpus')
    scored = {'pitch', 'vad', 'pauses', 'rate', 'turns'}
    with tempfile.TemporaryDirectory() as folder:
        items = [item for item in tool.collect(corpus, folder, scored, False, []) if item.group in groups]
        original = {item: item.path for item in items}
        results = []
        for name, change in {'as recorded': None, **(variants or VARIANTS)}.items():
            for item in items:
                item.path = original[item] if change is None else rewritten(tool, change, original[item], item, folder)
            out = str(Path(folder) / 'said')
            failures = tool.run_engine([str(program)], [item for item in items if item.path], out, 2, 1)
            if failures:
                sys.exit('\n'.join(failures[:5]))
            heard = [item for item in items if item.path]
            results.append((name, tool.score(out, heard, scored), reported(tool, out, heard)))
    plain = results[0][2]
    return [(name, scores, {key: relative(said[key], plain[key]) for key in PRODUCT}) for name, scores, said in results]


def rewritten(tool, change, path, item, folder):
    """A file that only the program can read stays out of all rows but the first."""
    sound = tool.read_sound(path)
    if sound is None:
        return None
    x, rate = change(*sound, tool, item.key)
    changed = os.path.join(folder, 'changed', item.group.replace('/', '_'), item.key + '.wav')
    tool.write_wav(changed, x, rate)
    return changed


def reported(tool, out, items):
    said = {key: {} for key in PRODUCT}
    for item in items:
        channels = tool.Said(out, item).json.get('channels', [])
        for side, channel in enumerate(channels):
            for key in PRODUCT:
                said[key][item.group, item.key, side] = channel.get(key)
    return said


def relative(now, before):
    """In %."""
    both = [(now[at], before[at]) for at in now if now[at] is not None and before.get(at)]
    if not both:
        return None
    now, before = np.array(both, float).T
    if np.all(before % 1 == 0):
        return 100 * (now.sum() / before.sum() - 1)
    return 100 * float(np.median(np.abs(now / before - 1)))


def table(results, show):
    lines = ['| input | ' + ' | '.join(FIGURES.values()) + ' |', '|---|' + '---:|' * len(FIGURES)]
    for name, scores, _ in results:
        lines.append(f'| {name} | ' + ' | '.join(show(scores.get(figure)) for figure in FIGURES) + ' |')
    names = ('speech time', 'syllables', 'pauses', 'pitch, median', 'pitch, spread')
    lines += ['', '| input: change of what is reported, % | ' + ' | '.join(names) + ' |', '|---|' + '---:|' * len(names)]
    for name, _, change in results[1:]:
        lines.append(f'| {name} | ' + ' | '.join(show(change[key]) for key in PRODUCT) + ' |')
    return lines
