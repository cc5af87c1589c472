# SPDX-License-Identifier: GPL-2.0-or-later
"""The completion scripts hand the program's candidates on, and have none of their own.

check-completion.py SOURCE COMMAND
"""
import os
import shutil
import sys
import tempfile

import offer
from tap import Tap, run

# Words as readline splits them -> words that the program must see, and its answer.
SPLITS = (
    (['kvmfeat', ''], [''], 'cap\nvm', ['cap', 'vm']),
    (['kvmfeat', 'cap', 'l'], ['cap', 'l'], 'list', ['list']),
    (['kvmfeat', 'probe', '--require', '='], ['probe', '--require='],
     '--require=a.b\n--require=c.d', ['a.b', 'c.d']),
    (['kvmfeat', 'probe', '--require', '=', ''], ['probe', '--require='],
     '--require=a.b', ['a.b']),
    (['kvmfeat', 'probe', '--require', '=', 'a'], ['probe', '--require=a'],
     '--require=a.b', ['a.b']),
    (['kvmfeat', '--root', '=', '/x y', 'vm', ''], ['--root=/x y', 'vm', ''], 'list', ['list']),
    (['kvmfeat', 'gmem', 'show', '4711', ':', '7'], ['gmem', 'show', '4711:7'],
     '4711:7', ['7']),
)
# Stands in for the program: writes down its words, answers what the test says.
STUB = '#!/bin/sh\nprintf "%s\\n" "$@" >"$SEEN"\nprintf "%s\\n" "$ANSWER"\n'
SHELL = '''source "$1"; program=$2; shift 2; COMP_WORDS=("$@"); COMP_WORDS[0]=$program
COMP_CWORD=$(($# - 1)); _kvmfeat; printf "%s\\n" "${COMPREPLY[@]}"'''


def complete_in_bash(script, program, words, **env):
    done = run('bash', '-c', SHELL, 'bash', script, program, *words, env={**os.environ, **env})
    return done.stdout.splitlines()


def check_bash(tap, script, command):
    if not shutil.which('bash'):
        return tap.skip('bash completion', 'bash is not installed')
    with tempfile.TemporaryDirectory() as top:
        stub, seen = os.path.join(top, 'kvmfeat'), os.path.join(top, 'seen')
        with open(stub, 'w', encoding='utf-8') as file:
            file.write(STUB)
        os.chmod(stub, 0o755)
        for words, asked, answer, offered in SPLITS:
            got = complete_in_bash(script, stub, words, SEEN=seen, ANSWER=answer)
            with open(seen, encoding='utf-8') as file:
                told = file.read().split('\n')[:-1]
            tap.case(f'bash: {" ".join(words)}',
                     ([] if told == ['--complete', *asked] else [f'the program saw {told}']) +
                     ([] if got == offered else [f'offered {got}']))
    for words in ([''], ['cap', ''], ['cap', 'list', '--'], ['--j'], ['nothing', '']):
        expected = offer.ask(command, *words) or ['']
        got = complete_in_bash(script, command, ['kvmfeat', *words])
        tap.case(f'bash, with the program: kvmfeat {" ".join(words)}',
                 [] if got == expected else [f'offered {got}, not {expected}'])
    return None


def main(source, command):
    tap = Tap()
    scripts = os.path.join(source, 'cli/completion')
    check_bash(tap, os.path.join(scripts, 'kvmfeat.bash'), command)
    if shutil.which('zsh'):
        done = run('zsh', '-n', os.path.join(scripts, '_kvmfeat'))
        tap.case('zsh can parse its script', done.stdout.splitlines() +
                 ([] if done.returncode == 0 else ['zsh -n failed']))
    else:
        tap.skip('zsh can parse its script', 'zsh is not installed')
    tap.end()


if __name__ == '__main__':
    main(*sys.argv[1:])
