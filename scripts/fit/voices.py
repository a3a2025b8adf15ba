"""A recording -> the pitch on which independent trackers agree, as truth where no laryngograph was worn.

pip install praat-parselmouth pysptk swift-f0. A frame is voiced where two of three are within 4 % of each other, unvoiced where
all three say so, and unknown elsewhere.
"""
import os

import numpy as np

RATE, F0_MIN, F0_MAX = 16000, 60, 500


class Voices:
    def __init__(self, folder):
        import parselmouth
        import pysptk
        import swift_f0
        self.praat, self.sptk, self.folder = parselmouth, pysptk, folder
        self.swift = swift_f0.SwiftF0(threads=1, spin=False)
        os.makedirs(folder, exist_ok=True)

    def __call__(self, name, sound):
        kept = f'{self.folder}/{name}.npy'
        if not os.path.exists(kept):
            np.save(kept, self.agreed(sound / (np.abs(sound).max() + 1e-9) / 2))
        return np.load(kept)

    def agreed(self, sound):
        at = (np.arange(len(sound) // 160) + .5) * .01
        said = [on(at, *track) for track in (self.by_praat(sound), self.by_rapt(sound), self.by_swift(sound))]
        truth = np.full(len(at), np.nan)
        truth[sum(f0 > 0 for f0 in said) == 0] = 0
        for a, b in ((0, 1), (0, 2), (1, 2)):
            both = (said[a] > 0) & (said[b] > 0) & (np.abs(said[a] / np.maximum(said[b], 1) - 1) < .04)
            truth[both & np.isnan(truth)] = np.sqrt(said[a] * said[b])[both & np.isnan(truth)]
        return truth

    def by_praat(self, sound):
        pitch = self.praat.Sound(sound, RATE).to_pitch_ac(.01, F0_MIN, 15, False, .03, .45, .01, .35, .14, F0_MAX)
        return pitch.xs() - .0025, pitch.selected_array['frequency']

    def by_rapt(self, sound):
        f0 = self.sptk.rapt((sound * 32767).astype('f4'), RATE, 160, min=F0_MIN, max=F0_MAX, otype='f0')
        return np.arange(len(f0)) * .01 + .0025, f0

    def by_swift(self, sound):
        found = self.swift.detect(sound.astype('f4'), RATE, fmin=F0_MIN, fmax=F0_MAX)
        return found.timestamps - .005, np.where(found.confidence >= .5, found.pitch_hz, 0)


def on(at, times, f0):
    near = np.abs(np.asarray(times)[None, :] - at[:, None]).argmin(1)
    f0 = np.nan_to_num(np.asarray(f0, float)[near])
    f0[np.abs(np.asarray(times)[near] - at) > .012] = 0
    return f0
