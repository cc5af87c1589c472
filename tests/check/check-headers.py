# SPDX-License-Identifier: GPL-2.0-or-later
"""Each public header compiles alone, in C and in C++, without <linux/kvm.h>.

check-headers.py SOURCE 'C COMPILER' ['C++ COMPILER']
"""
import glob
import os
import re
import shlex
import sys

from tap import Tap, run

FLAGS = ['-pedantic', '-Wall', '-Wextra', '-Werror']


def compile_alone(compiler, language, standard, include, header):
    """Faults of a file that includes nothing but this header, twice."""
    text = f'#include <kvmfeat/{header}>\n' * 2
    words = [*shlex.split(compiler), '-x', language, f'-std={standard}', *FLAGS, '-I', include]
    done = run('sh', '-c', f'printf "{text}" | "$@"', 'sh', *words, '-fsyntax-only', '-H', '-')
    if done.returncode:
        return done.stdout.splitlines() or ['the compiler failed']
    private = os.path.join(os.path.dirname(include), 'libkvmfeat') + os.sep
    return [f'includes {path}' for path in re.findall(r'^\.+ (.+)', done.stdout, re.M)
            if re.search(r'(^|/)(linux|asm)/kvm', path) or path.startswith(private)]


def main(source, c, cpp=''):
    tap = Tap()
    include = os.path.join(source, 'include')
    for path in sorted(glob.glob(os.path.join(include, 'kvmfeat/*.h'))):
        header = os.path.basename(path)
        tap.case(f'{header} compiles alone in C11', compile_alone(c, 'c', 'c11', include, header))
        name = f'{header} compiles alone in C++17'
        if cpp:
            tap.case(name, compile_alone(cpp, 'c++', 'c++17', include, header))
        else:
            tap.skip(name, 'no C++ compiler')
    tap.end()


if __name__ == '__main__':
    main(*sys.argv[1:])
