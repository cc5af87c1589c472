# SPDX-License-Identifier: GPL-2.0-or-later
"""The pages are sound roff, and tell of every noun, verb and option, and of no other.

check-man.py SOURCE COMMAND MAN3-DIR [PAGE…]: PAGEs as scdoc made them.
"""
import glob
import os
import re
import shutil
import sys

import offer
from tap import Tap, read, run

OPTION = re.compile(r'(?<![\w-])--[a-z][a-z0-9-]*')
# What scdoc itself writes, in every page.
SCDOC = re.compile(r'skipping paragraph macro: PP (empty|after S[HS])')


def lint(page, own_roff):
    done = run('mandoc', '-T', 'lint', '-W', 'warning', page)
    return [l for l in done.stdout.splitlines() if own_roff or not SCDOC.search(l)]


def check_noun(tap, command, noun, names, page, common):
    """Verbs and options in the page of a noun, both ways."""
    own = set()
    for verb in names:
        own |= offer.options(command, *filter(None, (noun, verb))) - common
    faults = [f'verb {v} is not in it' for v in names
              if v and not re.search(rf'\*(kvmfeat {noun} )?{v}\b', page)]
    told = set(OPTION.findall(page))
    faults += [f'option {o} is not in it' for o in sorted(own - told)]
    faults += [f'it speaks of {o}, which no verb takes' for o in sorted(told - own - common)]
    tap.case(f'kvmfeat-{noun}(1) tells of each verb and option', faults)


def check_command(tap, source, command):
    page = read(source, 'man/kvmfeat.1.scd')
    common = offer.options(command)
    nouns = {}
    for noun, verb in offer.verbs(command):
        nouns.setdefault(noun, []).append(verb)
    listed = re.search(r'\n# NOUNS\n(.*?)\n# ', page, re.S)
    listed = re.findall(r'^\*([a-z]+)\*$', listed[1] if listed else '', re.M)
    told = set(OPTION.findall(page))
    tap.case('kvmfeat(1) tells of each noun and option',
             [f'noun {n} is not in it' for n in nouns if n not in listed] +
             [f'noun {n} is in it and is none' for n in listed if n not in nouns] +
             [f'option {o} is not in it' for o in sorted(common - told)] +
             [f'it speaks of {o}, which is no common option' for o in sorted(told - common)] +
             ([] if nouns and common else ['the command offers nothing']))
    for noun, names in nouns.items():
        path = os.path.join(source, f'man/kvmfeat-{noun}.1.scd')
        if os.path.exists(path):
            check_noun(tap, command, noun, names, read(path), common)
        else:
            tap.case(f'kvmfeat-{noun}(1) tells of each verb and option', ['there is no page'])


def check_references(tap, source, man3):
    """Pages that a page names are there; those of other projects begin otherwise."""
    pages = {os.path.basename(p)[:-4] for p in glob.glob(os.path.join(source, 'man/*.scd'))}
    pages |= set(os.listdir(man3))
    faults = []
    for path in glob.glob(os.path.join(source, 'man/*.scd')):
        for name, section in re.findall(r'\b((?:lib)?kvmfeat[\w-]*)\((\d)\)', read(path)):
            if f'{name}.{section}' not in pages:
                faults.append(f'{os.path.basename(path)}: {name}({section}) does not exist')
    tap.case('each page that a page names is there', sorted(set(faults)))


def main(source, command, man3, *pages):
    tap = Tap()
    check_command(tap, source, command)
    check_references(tap, source, man3)
    sources = {os.path.basename(p)[:-4] for p in glob.glob(os.path.join(source, 'man/*.scd'))}
    if pages:
        tap.case('each page source is built',
                 sorted(sources ^ {os.path.basename(p) for p in pages}))
    else:
        tap.skip('each page source is built', 'scdoc is not installed')
    made = [p for p in sorted(glob.glob(man3 + '/*.3')) if not read(p).startswith('.so ')]
    for page in [*made, *pages]:
        name = f'{os.path.basename(page)} is sound'
        if shutil.which('mandoc'):
            tap.case(name, lint(page, page in made))
        else:
            tap.skip(name, 'mandoc is not installed')
    tap.end()


if __name__ == '__main__':
    main(*sys.argv[1:])
