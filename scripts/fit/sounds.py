"""Recordings with known truth -> the sounds that the models are fitted on, and what is true of each of their frames.

Every clip belongs to a speaker (or a piece of music, or a noise); whole speakers are held out, never single frames.
A clip is heard as it is and as other inputs would bring it: through a telephone, under noise, at other gains, clipped, with
the hum of the mains.
"""
import glob
import os
import zlib
from collections import namedtuple
from pathlib import Path

import numpy as np

RATE = 16000
FRAME = 160
VOWELS = set('iy ih eh ey ae aa aw ay ah ao oy ow uh uw ux er ax ix axr ax-h em en eng el'.split())
PINYIN_VOWELS = set('aeiouvyAEIOU')

Clip = namedtuple('Clip', 'name speaker sound f0 speech vowel')
Clip.__doc__ = """Truth by frames of 10 ms: `f0` in Hz, 0 where unvoiced; `speech` and `vowel` 0..1; NaN where unknown."""


def collect(tool, kit, more, voices):
    """All clips as they were recorded."""
    corpus = Path(kit) / 'corpus'
    yield from laryngograph(tool, corpus)
    yield from sentences(tool, corpus, voices)
    yield from labelled(tool, corpus, voices)
    yield from mandarin(tool, corpus)
    if more:
        yield from prompts(tool, Path(more), voices)
    yield from machines(tool, corpus, more)


def sound_of(tool, path):
    read = tool.read_sound(str(path))
    return None if read is None else tool.resample(read[0].mean(1), read[1], RATE)


def frames_of(sound):
    return (np.arange(len(sound) // FRAME) + 0.5) * FRAME / RATE


def unknown(at):
    return np.full(len(at), np.nan)


def inside(at, spans):
    found = np.zeros(len(at))
    for begin, end in spans:
        found[(at >= begin) & (at < end)] = 1
    return found


def laryngograph(tool, corpus):
    for path in sorted(glob.glob(f'{corpus}/fda-ue/*.wav')):
        sound = sound_of(tool, path)
        at, truth = frames_of(sound), np.array([[float(v) for v in row[:2]] for row in tool.rows(path[:-4] + '.f0.tsv')])
        near = tool.nearest(truth[:, 0], at)
        f0 = truth[near, 1]
        f0[np.abs(truth[near, 0] - at) > 0.006] = np.nan
        f0 = without_leaps(f0)
        name = os.path.basename(path)[:-4]
        yield Clip('fda_' + name, 'fda-' + name, sound / np.abs(sound).max() / 2, f0, np.where(f0 > 0, 1.0, np.nan), unknown(at))


def without_leaps(f0):
    """A change of over a quarter of an octave within 20 ms is a mistake of the laryngograph, on one side of it or the other."""
    leaps = np.zeros(len(f0), bool)
    for apart in (1, 2):
        before, after = f0[:-apart], f0[apart:]
        leap = (before > 0) & (after > 0) & (np.abs(np.log2(np.maximum(after, 1) / np.maximum(before, 1))) > .26)
        leaps[:-apart] |= leap
        leaps[apart:] |= leap
    return np.where(leaps, np.nan, f0)


def sentences(tool, corpus, voices):
    """Phones by hand: a nucleus is the middle half of a vowel."""
    for path in sorted(glob.glob(f'{corpus}/timit-nltk/*/*.wav')):
        sound = sound_of(tool, path)
        at, phones = frames_of(sound), tool.segs(path[:-4] + '.phones.tsv')
        speaker = Path(path).parent.name
        name = f'timit_{speaker}_{Path(path).stem}'
        speech = inside(at, [(a, b) for a, b, phone in phones if phone not in ('h#', 'pau', 'epi')])
        yield Clip(name, speaker, sound, voices(name, sound), speech, middles(at, phones, VOWELS.__contains__))


def middles(at, phones, is_vowel):
    vowel = np.zeros(len(at))
    for begin, end, phone in phones:
        if is_vowel(phone):
            middle, reach = (begin + end) / 2, max(0.015, (end - begin) / 4)
            vowel[np.abs(at - middle) <= reach] = 1
            vowel[(np.abs(at - middle) > reach) & (at >= begin) & (at < end)] = np.nan
    return vowel


def labelled(tool, corpus, voices):
    for path in sorted(glob.glob(f'{corpus}/pav-vad/**/*.vad.tsv', recursive=True)):
        sound = sound_of(tool, path[:-8] + '.wav')
        spans = tool.segs(path)
        at = frames_of(sound)
        speech = inside(at, [(a, b) for a, b, label in spans if label == 'speech'])
        speech[at > spans[-1][1]] = np.nan
        name = 'pav_' + os.path.relpath(path, f'{corpus}/pav-vad')[:-8].replace('/', '_')
        yield Clip(name, name, sound, voices(name, sound), speech, unknown(at))


def mandarin(tool, corpus):
    for path, phones in (('p2fa-mandarin/test1.wav', 'test1.phone.tsv'), ('charsiu/SSB00050015_16k.wav', 'SSB00050015.phones.tsv')):
        sound = sound_of(tool, corpus / path)
        spans = tool.segs(str((corpus / path).parent / phones))
        at = frames_of(sound)
        spoken = [span for span in spans if span[2] and span[2] not in ('sp', 'sil', '[SIL]')]
        vowel = middles(at, spoken, lambda phone: phone[0] in PINYIN_VOWELS)
        yield Clip('zh_' + Path(path).stem, 'zh-' + path, sound, unknown(at), unknown(at), vowel)


def prompts(tool, folder, voices):
    """Read in studios, so that the level tells speech from silence."""
    for path in sorted(folder.glob('ast_*.wav')):
        sound = sound_of(tool, path)
        if sound is None or len(sound) < RATE:
            continue
        at, name = frames_of(sound), path.stem[:40]
        yield Clip(name, '_'.join(name.split('_')[:2]), sound, voices(name, sound), by_level(sound, len(at)), unknown(at))


def by_level(sound, frames):
    """1 within 30 dB of the loud part, 0 under 45 dB, unknown between."""
    level = 10 * np.log10(np.mean(sound[:frames * FRAME].reshape(frames, FRAME) ** 2, 1) + 1e-12)
    under = np.percentile(level, 95) - level
    return np.where(under < 30, 1.0, np.where(under > 45, 0.0, np.nan))


def machines(tool, corpus, more):
    """What nobody says: noises, music, tones."""
    paths = [p for pattern in ('noise-pst/**/*.wav', 'speechbrain/noise/*.wav', 'speechbrain/ESC50/**/*.wav', 'music-penn/*.wav')
             for p in sorted(glob.glob(f'{corpus}/{pattern}', recursive=True))]
    paths += sorted(glob.glob(f'{more}/moh_*.wav')) if more else []
    for path in paths:
        sound = sound_of(tool, path)
        for part in range(min(4, 1 + len(sound) // (20 * RATE))):
            piece = sound[part * len(sound) // 4:][:20 * RATE] if len(sound) > 80 * RATE else sound[part * 20 * RATE:][:20 * RATE]
            if len(piece) > RATE:
                yield silent(f'machine_{Path(path).stem[:20]}_{part}', 'machine-' + Path(path).stem, piece)
    random = np.random.default_rng(7)
    for i in range(24):
        yield silent(f'machine_made_{i}', f'machine-made-{i}', made(random, i % 6))


def silent(name, speaker, sound):
    at = frames_of(sound)
    babble = 'cafe' in name
    none = np.full(len(at), np.nan) if babble else np.zeros(len(at))
    return Clip(name, speaker, sound / (np.abs(sound).max() + 1e-9) / 2, none, none, none)


def made(random, kind, seconds=12):
    """Tones, dialling, ringing, noise, arpeggios and chords."""
    t = np.arange(seconds * RATE) / RATE
    if kind == 0:
        return sum(np.sin(2 * np.pi * f * t) for f in random.uniform(200, 2000, random.integers(1, 4)))
    if kind == 1:
        low, high = [697, 770, 852, 941], [1209, 1336, 1477]
        digit = (t / random.uniform(.15, .4)).astype(int)
        pick = random.integers(0, 100, digit.max() + 1)
        f, g = np.array(low)[pick % 4][digit], np.array(high)[pick % 3][digit]
        return (np.sin(2 * np.pi * f * t) + np.sin(2 * np.pi * g * t)) * (t / .25 % 1 < random.uniform(.4, .9))
    if kind == 2:
        a, b = random.choice([(440, 480), (425, 425), (400, 450), (450, 450)])
        return (np.sin(2 * np.pi * a * t) + np.sin(2 * np.pi * b * t)) * (t % random.uniform(3, 6) < random.uniform(.8, 2))
    if kind == 3:
        noise = random.standard_normal(len(t))
        colour = np.fft.rfft(noise) / np.maximum(1, np.arange(len(t) // 2 + 1)) ** random.uniform(0, .6)
        return np.fft.irfft(colour, len(t))
    return melody(random, t, chords=kind == 5)


def melody(random, t, chords):
    """Plucked or held notes of a scale with a few harmonics."""
    sound, beat = np.zeros(len(t)), random.uniform(.18, .6)
    scale = 110 * 2 ** (np.array([0, 2, 4, 5, 7, 9, 11, 12, 14, 16, 19, 24]) / 12) * random.uniform(.8, 2)
    fall, bright = random.uniform(1, 8), random.uniform(.3, .9)
    for i in range(int(t[-1] / beat)):
        for f in random.choice(scale, 3 if chords else 1, replace=False):
            now = (t >= i * beat) & (t < (i + random.uniform(.8, 1.5)) * beat)
            own = t[now] - i * beat
            shape = np.exp(-fall * own) * np.minimum(1, own / .01)
            sound[now] += shape * sum(bright ** h * np.sin(2 * np.pi * f * h * own) for h in range(1, 7))
    return sound


def heard(tool, clip, noises, random, wanted):
    """(name, sound, rate) of a clip as `wanted` other inputs would bring it."""
    for i in range(wanted):
        sound, kind = clip.sound, ['plain', 'telephone', 'noise', 'noise telephone', 'noise', 'telephone'][i % 6]
        if 'noise' in kind and noises:
            sound = sound + noise_for(sound, noises, random)
        if 'telephone' in kind:
            sound = tool.telephone(sound)
        elif random.random() < .2:
            sound = tool.resample(tool.resample(sound, RATE, 8000), 8000, RATE)[:len(sound)]
        sound = sound * 10 ** (random.uniform(-32, 6) / 20)
        if random.random() < .15:
            sound = sound + hum(len(sound), random)
        yield f'{clip.name}@{i}', np.clip(sound, -1, 1)


def hum(samples, random):
    """The mains, 46 to 34 dB under full scale, with or without harmonics."""
    t, mains = np.arange(samples) / RATE, random.choice([50, 60])
    weights = [1, *random.uniform(0, .4, 2)] if random.random() < .5 else [1]
    tone = sum(weight * np.sin(2 * np.pi * mains * n * t) for n, weight in enumerate(weights, 1))
    return 10 ** (random.uniform(-46, -34) / 20) * np.sqrt(2) * tone


def noise_for(sound, noises, random):
    noise = noises[random.integers(len(noises))]
    start = random.integers(max(1, len(noise) - len(sound)))
    noise = np.resize(noise[start:start + len(sound)], len(sound))
    loud = sound[np.abs(sound) > 0.02 * np.abs(sound).max()]
    ratio_db = random.choice([5, 8, 10, 10, 12, 15, 20])
    return noise * np.sqrt(np.mean(loud ** 2) / (np.mean(noise ** 2) + 1e-12) / 10 ** (ratio_db / 10))


def babble(clips, random, count=6, voices=7, seconds=30):
    """Rooms full of people, made of the clips."""
    for _ in range(count):
        room = np.zeros(seconds * RATE)
        for _ in range(voices):
            talk = np.concatenate([clips[random.integers(len(clips))] for _ in range(12)])
            room += np.resize(talk / (np.std(talk) + 1e-9), len(room)) * 10 ** (random.uniform(-9, 0) / 20)
        yield room / np.abs(room).max() / 2


def half_of(speaker):
    return zlib.crc32(speaker.encode()) % 2
