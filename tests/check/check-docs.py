# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs the commands and compiles the programs of README.md and of the pages.

check-docs.py SOURCE COMMAND LIBRARY.so 'C COMPILER' [SANITIZERS]

In a literal block (```), a line that begins with "$ " is a command, one with "# " a command
of root; other lines show output and are not compared. The section EXAMPLES of a page has such
a command. A command of kvmfeat must exit with 0 or a status that its comment names: "$ kvmfeat
… # exits 1". Commands of root run with --dry-run. What is not run, a command or all of a page,
stands in docs.txt with the reason. They run in a directory that has the files of blobs.py. A block
that begins with #include and has a main() is compiled and run.
"""
import glob
import os
import re
import shlex
import subprocess
import sys
import tempfile

import blobs
from tap import Tap, read, run

HOST = {3: 'this host cannot do it', 4: 'not permitted here'}


def blocks(path):
    """Literal blocks: (line number, text). scdoc takes a backslash as an escape in them."""
    text = read(path)
    for match in re.finditer(r'^```[^\n]*\n(.*?)^```', text, re.M | re.S):
        body = match[1]
        if path.endswith('.scd'):
            body = re.sub(r'\\(.)', r'\1', body)
        yield text.count('\n', 0, match.start()) + 2, body


def check_examples(tap, path):
    """Examples outside of literal blocks, or without a prompt, are run by nobody."""
    section = re.search(r'^# EXAMPLES\n(.*?)(?=^# [A-Z]|\Z)', read(path), re.M | re.S)
    if section:
        found = re.search(r'^```\n(?:(?!```).*\n)*?[$#] ', section[1], re.M)
        tap.case(f'{os.path.basename(path)}: EXAMPLES has commands',
                 [] if found else ['none is in a literal block and begins with "$ " or "# "'])


def not_run(source):
    """Command, or the name of a page -> reason."""
    found = {}
    for line in read(source, 'tests/check/docs.txt').split('\n'):
        if line and line[0] != '#':
            command, _, reason = line.rpartition(': ')
            found[command] = reason
    return found


def strip_comment(line):
    command, _, comment = re.match(r'(.*?)(\s+# (.*))?$', line).groups()
    return command.strip(), comment or ''


def run_command(tap, name, command, comment, env, root, where):
    """One command line, through the shell as a reader would."""
    accepted = {0} | {int(s) for s in re.findall(r'\d+', comment) if 'exits' in comment}
    if root:
        command = f'{command} --dry-run'
    try:
        done = run('bash', '-o', 'pipefail', '-c', command, env=env, cwd=where, timeout=60)
    except subprocess.TimeoutExpired:
        tap.case(name, ['it does not end: put it into docs.txt'])
        return
    last = (done.stdout.strip().splitlines() or ['no output'])[-1]
    if root and done.returncode == 2 and 'changes nothing' in done.stdout:
        tap.case(name, ['it takes no --dry-run: put it into docs.txt'])
    elif done.returncode in accepted:
        tap.case(name)
    elif done.returncode in HOST:
        tap.skip(name, f'{HOST[done.returncode]}: {last}')
    else:
        tap.case(name, [f'exit status {done.returncode}', last])


def run_program(tap, name, text, source, library, compiler, env):
    """A C program of the manual; it may fail where there is no KVM."""
    with tempfile.TemporaryDirectory() as top:
        file, program = os.path.join(top, 'example.c'), os.path.join(top, 'example')
        with open(file, 'w', encoding='utf-8') as out:
            out.write(text)
        done = run(*shlex.split(compiler), *shlex.split(env['SANITIZE']), '-Wall', '-Wextra',
                   '-Werror', '-I', os.path.join(source, 'include'), file, library, '-o', program)
        if done.returncode:
            return tap.case(name, done.stdout.splitlines())
        done = run(program, env={**env, 'LD_LIBRARY_PATH': os.path.dirname(library)}, timeout=60)
    if done.returncode == 0 and done.stdout:
        return tap.case(name)
    if done.returncode == 1 and not os.access('/dev/kvm', os.R_OK | os.W_OK):
        return tap.skip(name, f'no KVM here: {done.stdout.strip().splitlines()[0]}')
    return tap.case(name, [f'exit status {done.returncode}', done.stdout])


def main(source, command, library, compiler, sanitize=''):
    tap = Tap()
    env = {**os.environ, 'SANITIZE': f'-fsanitize={sanitize}' if sanitize else '',
           'PATH': f'{os.path.dirname(os.path.abspath(command))}:{os.environ["PATH"]}'}
    excused, used = not_run(source), set()
    where = tempfile.TemporaryDirectory()
    blobs.examples(where.name)
    pages = glob.glob(os.path.join(source, 'man/*.scd')) + \
        [p for p in [os.path.join(source, 'README.md')] if os.path.exists(p)]
    for path in sorted(pages):
        check_examples(tap, path)
        for first, text in blocks(path):
            if text.startswith('#include') and 'main(' in text:
                name = f'{os.path.basename(path)}:{first}: the program compiles and runs'
                run_program(tap, name, text, source, library, compiler, env)
                continue
            for number, line in enumerate(text.split('\n'), first):
                if line[:2] not in ('$ ', '# '):
                    continue
                words, comment = strip_comment(line[2:])
                name = f'{os.path.basename(path)}:{number}: {words.replace("#", "")}'
                why_not = {words, os.path.basename(path)} & set(excused)
                if why_not:
                    used |= why_not
                elif words.split()[0] != 'kvmfeat':
                    tap.case(name, ['no command of kvmfeat: put it into docs.txt'])
                else:
                    run_command(tap, name, words, comment, env, line[0] == '#', where.name)
    tap.case('docs.txt holds commands and pages that are there, with reasons',
             [c for c, reason in excused.items() if c not in used or not c or not reason])
    where.cleanup()
    tap.end()


if __name__ == '__main__':
    main(*sys.argv[1:])
