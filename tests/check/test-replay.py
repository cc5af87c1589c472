# SPDX-License-Identifier: GPL-2.0-or-later
"""tests/fuzz/replay.c gives each input to its target, and is red when there is none.

test-replay.py SOURCE 'C COMPILER'
"""
import os
import shlex
import sys
import tempfile

from tap import Tap, run

# Sees its inputs by their first byte; 'x' is one that it cannot bear.
TARGET = '''#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    printf("# %zu %c\\n", size, size ? data[0] : '-');
    if (size && data[0] == 'x')
        abort();
    return 0;
}
'''


def main(source, compiler):
    tap = Tap()
    with tempfile.TemporaryDirectory() as top:
        def corpus(**inputs):
            directory = tempfile.mkdtemp(dir=top)
            for name, text in inputs.items():
                with open(os.path.join(directory, name), 'w', encoding='utf-8') as file:
                    file.write(text)
            return directory

        def replay(*directories):
            return run(os.path.join(top, 'replay'), *directories)

        with open(os.path.join(top, 'target.c'), 'w', encoding='utf-8') as file:
            file.write(TARGET)
        done = run(*shlex.split(compiler), f'{top}/target.c', f'{source}/tests/fuzz/replay.c', '-o',
                   f'{top}/replay')
        assert done.returncode == 0, done.stdout
        done = replay(corpus(a='abc', b=''))
        tap.case('each input is given whole, the empty one too',
                 [] if done.stdout == '# 3 a\n# 0 -\nok 1 - 2 inputs\n1..1\n' else [done.stdout])
        done = replay(corpus())
        tap.case('an empty corpus is a failure',
                 [] if done.returncode == 1 and 'not ok 1' in done.stdout else [done.stdout])
        done = replay(os.path.join(top, 'none'))
        tap.case('a missing corpus is a failure',
                 [] if done.returncode == 1 and 'not ok 1' in done.stdout else [done.stdout])
        done = replay()
        tap.case('no corpus at all is a failure',
                 [] if done.returncode == 1 and 'not ok 1' in done.stdout else [done.stdout])
        done = replay(corpus(a='abc'), corpus(b='de'))
        tap.case('the inputs of several corpora are given',
                 [] if done.stdout == '# 3 a\n# 2 d\nok 1 - 2 inputs\n1..1\n' else [done.stdout])
        done = replay(corpus(a='abc'), corpus())
        tap.case('an empty corpus among others is a failure',
                 [] if done.returncode == 1 and 'not ok 1' in done.stdout else [done.stdout])
        done = replay(corpus(a='abc', b='xyz'))
        tap.case('a target that dies leaves no plan',
                 [] if done.returncode < 0 and '1..1' not in done.stdout else [done.stdout])
        os.mkdir(f'{top}/odd')
        os.mkdir(f'{top}/odd/directory')
        done = replay(f'{top}/odd')
        tap.case('an input that cannot be read is a failure',
                 [] if done.returncode == 1 and 'cannot be read' in done.stdout else [done.stdout])
    tap.end()


if __name__ == '__main__':
    main(*sys.argv[1:])
