#!/usr/bin/env python3
"""Fits the speech, voicing, pitch and syllable models and writes src/ear/features/coefficients/.

    pip install numpy praat-parselmouth pysptk swift-f0
    scripts/fit/fit.py --kit DIR [--more DIR] [--half 0|1] [--only speech,voicing,pitch,nucleus] [--asked PROGRAM] [--work DIR] [--out DIR]

DIR of --kit holds tools/ and corpus/ as for scripts/accuracy. --more is a folder of WAV files that widens the range of
voices and music: `ast_LANGUAGE_NAME.wav`, telephone prompts, and `moh_NAME.wav`, music on hold (Debian's packages
asterisk-core-sounds-{en,es,fr,it,ru}-g722 and asterisk-moh-opsound-g722, decoded with `ffmpeg -f g722`).
--half fits on one half of the speakers, files and tunes only, for held-out figures; without it the fit is on all, after the
loss on each half of a fit on the other has been printed for several strengths of regularisation, and the best of them taken.
Takes half an hour on two cores. Afterwards: raise COEFFICIENTS_VERSION, cargo fmt, scripts/accuracy.
"""
import argparse
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path

import numpy as np

import model
import sounds
from voices import Voices

HOME = Path(__file__).resolve().parent.parent.parent
MODELS = {
    'speech': ('SPEECH', 'SPEECH_CUES', ('speech', 'Log odds of speech; the cues stand in `speech`.'), 'speech', 12),
    'voicing': ('VOICING', 'VOICING_CUES', ('voicing', 'Log odds of voicing; the cues stand in `voicing`.'), 'voicing', 16),
    'pitch': ('PITCH', 'PITCH_CUES', ('pitch candidates', 'Log odds of a pitch candidate; the cues stand in `pitch::asked`. A candidate within 8 % of the truth was right.'), 'pitch', 12),
    'nucleus': ('NUCLEUS', 'NUCLEUS_CUES', ('syllable nuclei', 'Log odds of the middle of a vowel; the cues stand in `nuclei`.'), 'nuclei', 16),
}
DECAYS = (1e-5, 1e-4)
EPOCHS = 10
CANDIDATES, RIGHT = 6, 0.08
VARIANTS = {'fda': 10, 'timit': 5, 'pav': 5, 'ast': 2, 'zh': 5, 'machine': 2}
"""How many ways each clip is heard."""
WEIGHTS = {
    'speech': {'fda': 0, 'timit': 1, 'pav': 3, 'ast': .5, 'zh': 0, 'machine': 1},
    'voicing': {'fda': 3, 'timit': .5, 'pav': .3, 'ast': .3, 'zh': 0, 'machine': .5},
    'pitch': {'fda': 3, 'timit': 1, 'pav': .5, 'ast': .5, 'zh': 0, 'machine': .3},
    'nucleus': {'fda': 0, 'timit': 1, 'pav': 0, 'ast': 0, 'zh': 1, 'machine': .2},
}
"""How much a frame of each set counts: hand labels and the laryngograph more than agreement among trackers."""


def main():
    arguments = argparse.ArgumentParser(formatter_class=argparse.RawDescriptionHelpFormatter, description=__doc__)
    arguments.add_argument('--kit', required=True)
    arguments.add_argument('--more')
    arguments.add_argument('--half', type=int, choices=(0, 1))
    arguments.add_argument('--only', default=','.join(MODELS))
    arguments.add_argument('--asked', default=HOME / 'target/release/examples/asked')
    arguments.add_argument('--work', default=Path(tempfile.gettempdir()) / 'fit')
    arguments.add_argument('--out', default=HOME / 'src/ear/features/coefficients')
    given = arguments.parse_args()
    heard = listen(given)
    for name in given.only.split(','):
        rust, cues, doc, uses, units = MODELS[name]
        x, y, weight, half = rows_of(name, heard)
        print(f'{name}: {len(y)} rows, {100 * np.average(y, weights=weight):.0f} % true', flush=True)
        if given.half is None:
            tried = {decay: across(x, y, weight, half, units, decay) for decay in DECAYS}
            decay, keep = min(tried, key=tried.get), np.ones(len(y), bool)
            print('  held-out loss', {decay: round(loss, 4) for decay, loss in tried.items()}, flush=True)
        else:
            decay, keep = DECAYS[0], half == given.half
        p = model.fit(x[keep], y[keep], weight[keep], units, decay, EPOCHS)
        (Path(given.out) / f'{uses}.rs').write_text(model.as_rust(rust, cues, doc, uses, p))


def across(x, y, weight, half, units, decay):
    losses = []
    for out in (0, 1):
        p = model.fit(x[half != out], y[half != out], weight[half != out], units, decay, EPOCHS)
        losses.append(model.loss(model.log_odds(p, x[half == out]), y[half == out], weight[half == out]))
    return float(np.mean(losses))


def listen(given):
    """[(set, half, truth, folder and stem of what was asked)]"""
    sys.path.insert(0, str(Path(given.kit) / 'tools'))
    import accuracy as tool
    work = Path(given.work)
    (work / 'wav').mkdir(parents=True, exist_ok=True)
    clips = list(sounds.collect(tool, given.kit, given.more, Voices(str(work / 'f0'))))
    random = np.random.default_rng(3)
    spoken = [clip.sound for clip in clips if clip.name.startswith(('ast', 'timit'))]
    noises = [clip.sound for clip in clips if clip.name.startswith('machine') and 'moh' not in clip.name]
    cafes = [clip.sound for clip in clips if 'cafe' in clip.name]
    noises = noises + (cafes + list(sounds.babble(spoken, random))) * 6
    heard, paths = [], []
    for clip in clips:
        own = np.random.default_rng(zlib.crc32(clip.name.encode()))
        kind = clip.name.split('_')[0]
        for name, sound in sounds.heard(tool, clip, [] if kind == 'machine' else noises, own, VARIANTS[kind]):
            path = work / f'wav/{name}.wav'
            if not path.exists():
                tool.write_wav(str(path), sound, sounds.RATE)
            paths.append(path)
            heard.append((kind, sounds.half_of(clip.speaker), clip, work / 'asked' / name))
    (work / 'asked').mkdir(exist_ok=True)
    for at in range(0, len(paths), 200):
        subprocess.run([given.asked, work / 'asked', *paths[at:at + 200]], check=True)
    return heard


def rows_of(name, heard):
    xs, ys, weights, halves = [], [], [], []
    for kind, half, clip, stem in heard:
        share = WEIGHTS[name][kind]
        if not share:
            continue
        kept = np.fromfile(f'{stem}.0.{name}.f32', 'f4')
        x = kept[1:].reshape(-1, int(kept[0]))[:len(clip.f0)]
        truth = {'speech': clip.speech, 'nucleus': clip.vowel}.get(name, clip.f0)[:len(x)]
        if name == 'pitch':
            x, truth = candidates(x, truth)
        elif name == 'voicing':
            truth = np.where(np.isnan(truth), np.nan, truth > 0)
        known = ~np.isnan(truth)
        xs.append(x[known])
        ys.append(truth[known])
        weights.append(np.full(known.sum(), share))
        halves.append(np.full(known.sum(), half))
    return np.concatenate(xs), np.concatenate(ys).astype('f4'), np.concatenate(weights).astype('f4'), np.concatenate(halves)


def candidates(x, truth):
    """A row a candidate; unused ones, and all of a frame whose truth is unknown, are left out."""
    x = x.reshape(len(x), CANDIDATES, -1)
    f0, cues = x[..., 0], x[..., 1:]
    right = np.abs(f0 / np.maximum(truth, 1)[:, None] - 1) < RIGHT
    right = np.where(np.isnan(truth)[:, None], np.nan, right & (truth > 0)[:, None])
    used = f0 > 0
    return cues[used], right[used]


if __name__ == '__main__':
    main()
