#!/usr/bin/env python3
"""Measures two programs, each on the half of the recordings that it was not fitted on, and prints the mean figures.

    scripts/fit/held_out.py --kit DIR PROGRAM_0 PROGRAM_1

PROGRAM_0 was built with the weights of `fit.py --half 0`, PROGRAM_1 with those of `--half 1`.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import sounds

MEASURED = 'pitch,vad,pauses,rate'


def main():
    arguments = argparse.ArgumentParser(formatter_class=argparse.RawDescriptionHelpFormatter, description=__doc__)
    arguments.add_argument('--kit', required=True)
    arguments.add_argument('programs', nargs=2)
    given = arguments.parse_args()
    corpus = Path(given.kit).resolve() / 'corpus'
    found = []
    for half, program in enumerate(given.programs):
        with tempfile.TemporaryDirectory() as folder:
            other_half(corpus, 1 - half, Path(folder) / 'corpus')
            result = Path(folder) / 'figures.json'
            tool = Path(given.kit) / 'tools/accuracy.py'
            subprocess.run([sys.executable, tool, '--bin', program, '--corpus', f'{folder}/corpus', '--only', MEASURED, '--json', result],
                           check=False, stdout=subprocess.DEVNULL)
            found.append(json.loads(result.read_text())['metrics'])
    one, two = found
    means = {key: (one[key] + two[key]) / 2 for key in one if one[key] is not None and two.get(key) is not None}
    print(*(f'{key:34s} {value:9.4f}' for key, value in means.items()), sep='\n')


def other_half(corpus, half, folder):
    """Links to the recordings whose speaker belongs to this half."""
    def link(path):
        at = folder / path.relative_to(corpus)
        at.parent.mkdir(parents=True, exist_ok=True)
        os.symlink(path, at)
    link(corpus / 'MANIFEST.tsv')
    link(corpus / 'noise-pst')
    for truth in sorted(corpus.glob('fda-ue/*.f0.tsv')):
        sound = truth.with_name(truth.name[:-7] + '.wav')
        if sounds.half_of('fda-' + sound.stem) == half:
            link(truth), link(sound)
    for truth in sorted(corpus.glob('pav-vad/**/*.vad.tsv')):
        sound = truth.with_name(truth.name[:-8] + '.wav')
        name = 'pav_' + str(sound.relative_to(corpus / 'pav-vad'))[:-4].replace('/', '_')
        if sounds.half_of(name) == half:
            link(truth), link(sound)
    head, *rows = (corpus / 'timit-nltk/SUMMARY.tsv').read_text().splitlines()
    rows = [row for row in rows if sounds.half_of(row.split('\t')[1]) == half]
    for speaker in sorted({row.split('\t')[1] for row in rows}):
        link(corpus / 'timit-nltk' / speaker)
    (folder / 'timit-nltk/SUMMARY.tsv').write_text('\n'.join([head, *rows]) + '\n')


if __name__ == '__main__':
    main()
