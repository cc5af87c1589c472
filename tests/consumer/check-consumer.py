# SPDX-License-Identifier: GPL-2.0-or-later
"""Programs build against the installed library with pkg-config alone, and run.

check-consumer.py SOURCE BUILD MESON VERSION SANITIZERS 'C COMPILER' ['C++ COMPILER']
"""
import glob
import os
import shlex
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../check'))
from tap import Tap, run  # noqa: E402


def flags(env, *options):
    done = run('pkg-config', *options, 'libkvmfeat', env=env)
    return shlex.split(done.stdout) if done.returncode == 0 else None


def build_and_run(compiler, source, program, env, options, version):
    """Faults of one program, and whether it needs the shared library."""
    words = flags(env, '--cflags', '--libs', *(['--static'] if '-static' in options else []))
    if words is None:
        return ['pkg-config does not find libkvmfeat'], False
    done = run(*shlex.split(compiler), '-Wall', '-Wextra', '-Werror', source, '-x', 'none',
               *options, *words, '-o', program)
    if done.returncode:
        return done.stdout.splitlines() or ['the compiler failed'], False
    needed = 'libkvmfeat.so.1' in run('readelf', '-d', program).stdout
    done = run(program, env=env)
    if done.returncode or done.stdout != version + '\n':
        return [f'exit status {done.returncode}', done.stdout], needed
    return [], needed


def check_language(tap, language, compiler, source, top, env, sanitize, version):
    common = [f'-fsanitize={sanitize}'] if sanitize else []
    program = os.path.join(top, f'program-{language}')
    faults, needed = build_and_run(compiler, source, program, env, common, version)
    tap.case(f'a {language} program uses the shared library',
             faults or ([] if needed else ['it does not need libkvmfeat.so.1']))
    name = f'a {language} program contains the static library'
    if sanitize:
        return tap.skip(name, 'sanitizers need a dynamic program')
    faults, needed = build_and_run(compiler, source, program, env, [*common, '-static'], version)
    return tap.case(name, faults or (['it needs libkvmfeat.so.1'] if needed else []))


def main(source, build, meson, version, sanitize, c, cpp=''):
    tap = Tap()
    with tempfile.TemporaryDirectory() as top:
        done = run(*shlex.split(meson), 'install', '-C', build, '--no-rebuild', '--quiet',
                   '--destdir', top)
        tap.case('the build installs', [f'status {done.returncode}', *done.stdout.splitlines()[-5:]]
                 if done.returncode else [])
        found = glob.glob(f'{top}/**/pkgconfig/libkvmfeat.pc', recursive=True)
        tap.case('libkvmfeat.pc is installed, once', [] if len(found) == 1 else [str(found)])
        directory = os.path.dirname(found[0]) if found else ''
        # Of the system comes what the library itself needs.
        system = run('pkg-config', '--variable=pc_path', 'pkg-config').stdout.strip()
        env = {**os.environ, 'PKG_CONFIG_LIBDIR': f'{directory}:{system}',
               'PKG_CONFIG_SYSROOT_DIR': top, 'LD_LIBRARY_PATH': os.path.dirname(directory)}
        tap.case('pkg-config tells the version',
                 [] if flags(env, '--modversion') == [version] else [version])
        headers = {os.path.basename(h)
                   for h in glob.glob(f'{top}/**/include/kvmfeat/*', recursive=True)}
        tap.case('exactly the public headers are installed',
                 sorted(headers ^ set(os.listdir(os.path.join(source, 'include/kvmfeat')))))
        example = os.path.join(source, 'tests/consumer/consumer.c')
        check_language(tap, 'C', c, example, top, env, sanitize, version)
        if cpp:
            check_language(tap, 'C++', f'{cpp} -x c++', example, top, env, sanitize, version)
        else:
            tap.skip('a C++ program uses the library', 'no C++ compiler')
    tap.end()


if __name__ == '__main__':
    main(*sys.argv[1:])
