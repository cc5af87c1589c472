# SPDX-License-Identifier: GPL-2.0-or-later
"""What the command offers: its own completion is the only list of nouns, verbs, options."""
from tap import run


def ask(command, *words):
    return run(command, '--complete', *words, stderr=None).stdout.splitlines()


def options(command, *words):
    return {o.rstrip('=') for o in ask(command, *words, '--')}


def verbs(command):
    """(noun, verb) of each; the verb is "" where the noun stands alone."""
    common = options(command)
    for noun in ask(command, ''):
        names = ask(command, noun, '')
        if options(command, noun) - common or not names:
            yield noun, ''  # what it offers are operands
        else:
            yield from ((noun, name) for name in names)
