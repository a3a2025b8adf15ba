#!/usr/bin/env python3
"""Fits the pitch, voicing, speech and syllable models and writes src/ear/features/coefficients/.

    pip install numpy praat-parselmouth pysptk swift-f0
    scripts/fit/fit.py --kit DIR [--more DIR] [--half 0|1] [--only pitch,voicing,speech,nucleus] [--work DIR]

DIR of --kit holds tools/ and corpus/ as for scripts/accuracy. --more is a folder of WAV files that widens the range of
voices and music: `ast_LANGUAGE_NAME.wav`, telephone prompts, and `moh_NAME.wav`, music on hold (Debian's packages
asterisk-core-sounds-{en,es,fr,it,ru}-g722 and asterisk-moh-opsound-g722, decoded with `ffmpeg -f g722`, some sixty files
of each language; asterisk-prompt-{es-co,fr-armelle,it-menardi-wav} likewise).
--half fits on one half of the speakers, files and tunes only and prints the loss on the other half; `held_out.py` measures
two programs built so. Without it the fit is on all.

The weights go where the program is built from. The pitch is fitted first, because what voicing is asked depends on it.
Takes half an hour on two cores. Afterwards: raise COEFFICIENTS_VERSION, cargo fmt, scripts/accuracy.
"""
import argparse
import subprocess
import sys
import tempfile
import zlib
from collections import namedtuple
from pathlib import Path

import numpy as np

import model
import sounds
from voices import Voices

HOME = Path(__file__).resolve().parent.parent.parent
COEFFICIENTS = HOME / 'src/ear/features/coefficients'
DECAY, EPOCHS, STARTS = 1e-5, 8, 4
"""The least loss on the half that was left out, of those tried. Of the fits from so many starts the one of least loss stands."""
ROWS_MAX = 3_000_000
CANDIDATES, RIGHT = 6, 0.08

Model = namedtuple('Model', 'constant cues what doc module units weights')
MODELS = {
    'pitch': Model('PITCH', 'PITCH_CUES', 'pitch candidates',
                   'Log odds of a pitch candidate; the cues stand in `pitch::asked`. A candidate within 8 % of the truth was right.',
                   'pitch', 12, {'fda': 5, 'timit': 1, 'pav': .5, 'ast': .5, 'machine': .3}),
    'voicing': Model('VOICING', 'VOICING_CUES', 'voicing', 'Log odds of voicing; the cues stand in `voicing`.',
                     'voicing', 16, {'fda': 3, 'timit': .6, 'pav': .3, 'ast': .3, 'machine': .1}),
    'speech': Model('SPEECH', 'SPEECH_CUES', 'speech', 'Log odds of speech; the cues stand in `speech`.',
                    'speech', 12, {'timit': 1, 'pav': 4, 'ast': .4, 'machine': 1}),
    'nucleus': Model('NUCLEUS', 'NUCLEUS_CUES', 'syllable nuclei', 'Log odds of the middle of a vowel; the cues stand in `nuclei`.',
                     'nuclei', 16, {'timit': 1, 'zh': 1, 'machine': .2}),
}
"""How much a frame of each set counts: hand labels and the laryngograph more than agreement among trackers."""
VARIANTS = {'fda': 48, 'timit': 5, 'pav': 5, 'ast': 2, 'zh': 5, 'machine': 2}
"""How many ways each clip is heard."""


def main():
    arguments = argparse.ArgumentParser(formatter_class=argparse.RawDescriptionHelpFormatter, description=__doc__)
    arguments.add_argument('--kit', required=True)
    arguments.add_argument('--more')
    arguments.add_argument('--half', type=int, choices=(0, 1))
    arguments.add_argument('--only', default=','.join(MODELS))
    arguments.add_argument('--work', default=Path(tempfile.gettempdir()) / 'fit')
    given = arguments.parse_args()
    heard = listen(given)
    ask(given, heard)
    for name in (name for name in MODELS if name in given.only.split(',')):
        x, y, weight, half = rows_of(name, heard)
        keep = np.ones(len(y), bool) if given.half is None else half == given.half
        weights = best_fit(x[keep], y[keep], weight[keep], MODELS[name].units)
        print(f'{name}: {keep.sum()} rows, {100 * np.average(y, weights=weight):.0f} % true', flush=True)
        if given.half is not None:
            print('  loss on the other half:', model.loss(model.log_odds(weights, x[~keep]), y[~keep], weight[~keep]), flush=True)
        (COEFFICIENTS / f'{MODELS[name].module}.rs').write_text(model.as_rust(MODELS[name], weights))
        if name == 'pitch':
            ask(given, heard)


def best_fit(x, y, weight, units):
    fits = [model.fit(x, y, weight, units, DECAY, EPOCHS, seed) for seed in range(1, STARTS + 1)]
    return min(fits, key=lambda weights: model.loss(model.log_odds(weights, x), y, weight))


def listen(given):
    """[(set, half, clip, path)] of every clip in all the ways that it is heard."""
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
    heard = []
    for clip in clips:
        own, kind = np.random.default_rng(zlib.crc32(clip.name.encode())), clip.name.split('_')[0]
        for name, sound in sounds.heard(tool, clip, [] if kind == 'machine' else noises, own, VARIANTS[kind]):
            path = work / f'wav/{name}.wav'
            tool.write_wav(str(path), sound, sounds.RATE)
            heard.append((kind, sounds.half_of(clip.speaker), clip._replace(sound=None), path))
    return heard


def ask(given, heard):
    """What the program as it stands now would ask its models."""
    folder = Path(given.work) / 'asked'
    folder.mkdir(exist_ok=True)
    subprocess.run(['cargo', 'build', '--release', '--locked', '--quiet', '--example', 'asked'], cwd=HOME, check=True)
    paths = [path for *_, path in heard]
    for at in range(0, len(paths), 200):
        subprocess.run([HOME / 'target/release/examples/asked', folder, *paths[at:at + 200]], check=True)


def rows_of(name, heard):
    xs, ys, weights, halves = [], [], [], []
    for kind, half, clip, path in heard:
        share = MODELS[name].weights.get(kind)
        if not share:
            continue
        kept = np.fromfile(path.parent.parent / f'asked/{path.stem}.0.{name}.f32', 'f4')
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
    rows = np.concatenate(xs), np.concatenate(ys).astype('f4'), np.concatenate(weights).astype('f4'), np.concatenate(halves)
    keep = np.random.default_rng(5).permutation(len(rows[1]))[:ROWS_MAX]
    return tuple(values[keep] for values in rows)


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
