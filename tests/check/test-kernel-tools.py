# SPDX-License-Identifier: GPL-2.0-or-later
"""kernel/tools/{apt,sysroot,closure}: what they choose, and how they refuse. No network.

test-kernel-tools.py SOURCE COMPILER
"""
import os
import shutil
import sys
import tempfile

from tap import Tap, run

LIST = """# a comment
deb cdrom:[Debian 12]/ bookworm main
deb [arch=amd64] http://third.example/linux/debian bookworm stable
"""
SOURCES = """Types: deb deb-src
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main contrib

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main
"""
UBUNTU = 'deb http://mirror.example/ubuntu noble main\n'
# What a user may have in apt.conf; none of it is for private lists.
CONF = 'APT::Update::Post-Invoke { "touch hook"; };\nAPT::Default-Release "stable";\n'

# Passes on what only asks. Fetches nothing: what is no mirror of Debian fails, the rest is done.
APT_GET = """#!/bin/sh
case $* in *--print-uris*) exec apt-get "$@" ;; esac
echo "$@" >>"${0%/*}/calls"
conf=$(echo "$*" | sed 's/.*-c \\([^ ]*\\).*/\\1/')
! grep -q third.example "${conf%apt.conf}sources.list"
"""


class World:
    """A system with its own apt configuration, in which the tools are run."""

    def __init__(self, source, directory):
        self.tools = os.path.join(source, 'kernel/tools')
        self.directory = directory
        self.write('apt-get', APT_GET)
        os.chmod(self.path('apt-get'), 0o755)
        self.write('apt.conf', f'{CONF}Dir::Etc::SourceList "/dev/null";\n'
                               f'Dir::Etc::SourceParts "{directory}/sources.list.d";\n')
        self.write('os-release', 'PRETTY_NAME="Example 1"\nVERSION_CODENAME=bookworm\n')

    def path(self, *names):
        return os.path.join(self.directory, *names)

    def write(self, name, text):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), 'w', encoding='utf-8') as file:
            file.write(text)

    def read(self, *names):
        try:
            with open(self.path(*names), encoding='utf-8') as file:
                return file.read()
        except FileNotFoundError:
            return ''

    def sources(self, **files):
        shutil.rmtree(self.path('sources.list.d'), ignore_errors=True)
        shutil.rmtree(self.path('state'), ignore_errors=True)
        os.mkdir(self.path('sources.list.d'))
        for kind, text in files.items():
            self.write(f'sources.list.d/x.{kind}', text)

    def tool(self, name, *words):
        env = {**os.environ, 'APT_GET': self.path('apt-get'), 'APT_CONFIG': self.path('apt.conf'),
               'OS_RELEASE': self.path('os-release'), 'LC_ALL': 'C'}
        return run(os.path.join(self.tools, name), *words, cwd=self.directory, env=env)

    def apt(self, *words):
        return self.tool('apt', '--state', self.path('state'), *words)


def expect(result, status, *texts):
    """The faults of a result: its status, its one line, what must stand in it."""
    faults = []
    if result.returncode != status:
        faults.append(f'it ended with {result.returncode}, not {status}')
    if status and result.stdout.count('\n') != 1:
        faults.append('it does not say one line')
    faults += [f'it does not say: {text}' for text in texts if text not in result.stdout]
    return faults and faults + [result.stdout]


def equal(got, wanted):
    return [] if got == wanted else [f'got:    {got!r}', f'wanted: {wanted!r}']


def check_apt(tap, world):
    line = ('deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] '
            'http://mirror.example/debian trixie-backports main\n')
    world.sources(list=UBUNTU)
    tap.case('apt: a system without a Debian mirror is told what to give instead',
             expect(world.apt('--suite', 'trixie-backports', 'update'), 3,
                    'Example 1 has no mirror of Debian', 'TARBALL=', 'TREE='))
    tap.case('apt: a caller can say something else instead',
             expect(world.apt('--instead', 'use SYSROOT=', 'update'), 3, 'use SYSROOT='))
    tap.case('apt: a verb that is unknown is refused', expect(world.apt('dance'), 2, 'usage'))
    world.sources(list=LIST, sources=SOURCES)
    if not os.access('/usr/share/keyrings/debian-archive-keyring.gpg', os.R_OK):
        tap.skip('apt: the mirror is that of the system', 'no debian-archive-keyring')
        return
    state = 'state/deb-arm64-trixie-backports'
    result = world.apt('--arch', 'arm64', '--suite', 'trixie-backports', 'update')
    tap.case('apt: the mirror is that of the system, not a third party\'s',
             expect(result, 0) or equal(world.read(state, 'sources.list'), line))
    world.sources(list=LIST + 'deb http://mirror.example/debian bookworm main\n')
    world.apt('--arch', 'arm64', '--suite', 'trixie-backports', 'update')
    tap.case('apt: sources of one line are read as well',
             equal(world.read(state, 'sources.list'), line))
    dump = run('apt-config', '-c', world.path(state, 'apt.conf'), 'dump',
               env={**os.environ, 'APT_CONFIG': world.path('apt.conf')}).stdout
    tap.case('apt: hooks and the default release of the user are not taken over',
             [w for w in ('touch hook', 'Default-Release "stable"') if w in dump] +
             [w for w in ('APT::Architecture "arm64"',) if w not in dump])
    tap.case('apt: the system\'s own lists are never updated',
             [c for c in (world.read('calls') or 'no call').splitlines()
              if f'-c {world.path("state")}' not in c])
    tap.case('apt: a package that is gone is named',
             expect(world.apt('--suite', 'trixie-backports', 'download', 'linux-source-9=1'), 4,
                    'no linux-source-9=1 in trixie-backports', 'TARBALL=', 'TREE='))


def check_sysroot(tap, world):
    native = run('dpkg', '--print-architecture').stdout.strip()
    own = {'amd64': 'x86_64'}.get(native, native)
    foreign = 'x86_64' if own == 'arm64' else 'arm64'
    tap.case('sysroot: an architecture without guest programs is refused',
             expect(world.tool('sysroot', 'riscv64', world.path('root')), 1, "'riscv64'"))
    tap.case('sysroot: the own architecture needs none',
             expect(world.tool('sysroot', own, world.path('root')), 0) +
             (['it made one'] if os.path.exists(world.path('root')) else []))
    world.write('mine/file', 'precious')
    tap.case('sysroot: a directory of somebody else is left alone',
             expect(world.tool('sysroot', foreign, world.path('mine')), 1, 'was not made') +
             equal(world.read('mine/file'), 'precious'))
    world.sources(list=UBUNTU)
    tap.case('sysroot: where nothing can be fetched nothing is left',
             expect(world.tool('sysroot', foreign, world.path('root')), 1, 'Debian only') +
             [n for n in os.listdir(world.directory) if n in ('root', 'root.tmp')])


def build(world, compiler, name, text, *words):
    world.write(f'{name}.c', text)
    return run(*compiler, '-o', world.path(name), world.path(f'{name}.c'), *words).stdout


def check_closure(tap, world, compiler):
    machine = os.uname().machine
    arch, other = {'x86_64': ('x86_64', 'arm64'), 'aarch64': ('arm64', 'x86_64')}.get(
        machine, (None, None))
    if not arch:
        tap.skip('closure: finds what a program needs', f'no guest runs on {machine}')
        return
    faults = build(world, compiler, 'libown.so', 'int own(void) { return 1; }\n', '-shared',
                   '-fPIC')
    faults += build(world, compiler, 'program',
                    'int own(void);\nint main(void) { return own(); }\n',
                    f'-L{world.directory}', '-l:libown.so', '-Wl,-rpath,$ORIGIN')
    result = world.tool('closure', arch, '/', world.path('program'))
    guest = {line.partition('\t')[2]: line.partition('\t')[0]
             for line in result.stdout.splitlines()}
    real = os.path.realpath(world.path('libown.so'))
    tap.case('closure: a program\'s libraries and its linker are named, with their places',
             ([faults] if faults else []) + expect(result, 0, '/ld-linux', '\t/lib/libc.so.6') +
             equal(guest.get('/lib/libown.so'), real))
    os.remove(world.path('libown.so'))
    tap.case('closure: a library that is missing is named',
             expect(world.tool('closure', arch, '/', world.path('program')), 1,
                    f'{world.path("program")} needs libown.so'))
    tap.case('closure: a program of another machine is refused',
             expect(world.tool('closure', other, '/', world.path('program')), 1, 'not for'))
    tap.case('closure: a sysroot without the linker is refused',
             expect(world.tool('closure', arch, world.path('mine'), world.path('program')), 1,
                    'not below'))


def main():
    tap = Tap()
    source, compiler = os.path.abspath(sys.argv[1]), sys.argv[2].split()
    if not shutil.which('apt-get'):
        print('1..0 # SKIP no apt-get')
        sys.exit(77)
    with tempfile.TemporaryDirectory() as directory:
        world = World(source, os.path.realpath(directory))
        check_apt(tap, world)
        check_sysroot(tap, world)
        if shutil.which('readelf'):
            check_closure(tap, world, compiler)
        else:
            tap.skip('closure: finds what a program needs', 'no readelf')
    tap.end()


main()
