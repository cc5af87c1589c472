# SPDX-License-Identifier: GPL-2.0-or-later
"""kernel/tools/emulator: what it makes, and how it refuses; and what kernel/tools/test does with
that. A few files stand in for QEMU, and scripts for the tools that unpack and compile them, for
the kernel and for its boots; no network.

test-emulator.py SOURCE
"""
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from tap import Tap, ends, last, read, run

DSC = 'Source: qemu\nVersion: {}\n'
PINNED = '1:7.2+dfsg-7+deb12u18'
LINES = ''.join(f'line {n}\n' for n in range(1, 21))
PATCH = """--- a/target/file.c
+++ b/target/file.c
@@ -{at},7 +{at},7 @@
 line 7
 line 8
 line 9
-line {old}
+line ten
 line 11
 line 12
 line 13
"""
# Has a source package of the version in the file "offered", or none.
APT = """#!/bin/sh
here=${0%/*}/..
echo "$@" >>"$here/asked"
if ! [ -s "$here/offered" ]; then
\techo 'kernel/tools/apt: there is no qemu in bookworm' >&2
\texit 4
fi
mkdir qemu-7.2
cp "$here/offered" qemu_7.2.dsc
"""
CONFIGURE = """#!/bin/sh
echo "$@" >configured
! [ -e ../source/no-library ] || { echo 'ERROR: Dependency "glib-2.0" not found'; exit 1; }
"""
# What the tool calls besides; the program says which files it was made of.
PROGRAMS = {
    'dpkg-source': 'while [ $# -gt 2 ]; do shift; done\ncp -r "{top}/qemu" "$2"\n',
    'meson': 'exit 1\n',
    'pkg-config': 'exit 1\n',
    'ninja': """for name; do :; done
[ ! -e {top}/hang ] || {{ echo $$ >{top}/hanging; exec sleep 600; }}
if [ -e ../source/broken.c ]; then
\techo '../source/broken.c:1:1: error: as asked'
\texit 1
fi
{{ echo '#!/bin/sh'; echo "echo built"; sed 's/^/# /' configured ../source/target/file.c \\
\t../source/configs/devices/*/kvmfeat.mak; }} >"$name"
chmod +x "$name"
""",
}


class World:
    """A copy of kernel/tools with an emulator/, and a cache of its own."""

    def __init__(self, source, top):
        self.top = top
        shutil.copytree(os.path.join(source, 'kernel/tools'), self.path('kernel/tools'))
        self.write('kernel/tools/apt', APT)
        self.write('kernel/config/fragments', 'x86_64 base\n')
        self.write('qemu/configure', CONFIGURE)
        self.write('qemu/target/file.c', LINES)
        for target in ('aarch64', 'x86_64'):
            self.write(f'qemu/configs/devices/{target}-softmmu/default.mak', '')
            self.write(f'kernel/emulator/{target}-softmmu.mak', 'CONFIG_Q35=y\n')
        for name, text in PROGRAMS.items():
            self.write(f'bin/{name}', '#!/bin/sh\n' + text.format(top=top))
        for name in ('kernel/tools/apt', 'qemu/configure', *(f'bin/{n}' for n in PROGRAMS)):
            os.chmod(self.path(name), 0o755)
        self.base()
        self.offer(PINNED)
        self.series(PATCH.format(at=7, old=10))
        self.env = {**os.environ, 'KVMFEAT_CACHE': self.path('cache'), 'ARCH': 'x86_64',
                    'PATH': f'{self.path("bin")}:{os.environ["PATH"]}'}
        for name in ('EXTRA', 'KVMFEAT_REQUIRE_EMULATOR', 'QEMU', 'SERIES', 'SLOW', 'WHY',
                     'XDG_CACHE_HOME'):
            self.env.pop(name, None)

    def path(self, *names):
        return os.path.join(self.top, *names)

    def write(self, name, text):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), 'w', encoding='utf-8') as file:
            file.write(text)

    def base(self, digest=hashlib.sha256(DSC.format(PINNED).encode()).hexdigest()):
        self.write('kernel/emulator/base', 'PACKAGE=qemu\nSUITE=bookworm\n'
                   f'VERSION={PINNED}\nSHA256={digest}\n')

    def offer(self, version):
        self.write('kernel/offered', DSC.format(version) if version else '')

    def series(self, *patches):
        for number, patch in enumerate(patches):
            self.write(f'kernel/emulator/patches/{number}.patch', patch)
        self.write('kernel/emulator/series', '# a comment\n' + ''.join(
            f'{number}.patch\n' for number in range(len(patches))))

    def tool(self, *words, **variables):
        return run(self.path('kernel/tools/emulator'), *words, env={**self.env, **variables})

    def asked(self):
        try:
            return read(self.top, 'kernel/asked').splitlines()
        except FileNotFoundError:
            return []

    def left(self):
        """What is in the cache's emulator/ besides logs: programs, and what should not be."""
        return sorted(name for name in os.listdir(self.path('cache/emulator'))
                      if not name.endswith('.log'))


def fails(world, pattern, status=1, **variables):
    """Faults, unless it ends so, leaves nothing behind, and tells the caller why."""
    why = world.path('why')
    done = world.tool(**variables, WHY=why)
    faults = ends(done, status, pattern) + ends(
        subprocess.CompletedProcess([], status, read(why) if os.path.exists(why) else ''),
        status, pattern)
    if os.path.isdir(world.path('cache/emulator')):
        faults += [f'{name} is left behind' for name in world.left()]
    return faults


def builds(world):
    done = world.tool()
    faults = ends(done, 0, r'/cache/emulator/x86_64-\w{12}/qemu-system-x86_64$')
    if faults:
        return faults
    made = read(last(done))
    for text in ('# line ten\n', '# CONFIG_Q35=y\n', '--target-list=x86_64-softmmu',
                 '--with-devices-x86_64=kvmfeat'):
        if text not in made:
            faults.append(f'the program was not made with {text}: {made}')
    if len(world.left()) != 1:
        faults.append(f'left behind: {world.left()}')
    return faults


def builds_once(world):
    first, again = world.tool(), world.tool()
    faults = [] if last(first) == last(again) else [again.stdout]
    if len(world.asked()) != 1 or ' s\n' in again.stdout:
        faults.append(f'it was built twice: {again.stdout}')
    return faults


def builds_anew(world):
    """What goes in names the directory; the source is fetched once."""
    paths = [last(world.tool()), last(world.tool(ARCH='arm64'))]
    world.series(PATCH.format(at=7, old=10), PATCH.format(at=7, old='ten').replace('+line ten',
                                                                                   '+line 10'))
    paths.append(last(world.tool()))
    world.write('kernel/emulator/x86_64-softmmu.mak', 'CONFIG_Q35=y\nCONFIG_TEST_DEVICES=y\n')
    paths.append(last(world.tool()))
    with open(world.path('kernel/emulator/base'), 'a', encoding='utf-8') as file:
        file.write('# another\n')
    paths.append(last(world.tool()))
    faults = [f'{p} is not there' for p in paths if not os.access(p, os.X_OK)]
    if len(set(paths)) != len(paths):
        faults.append(f'two are the same: {paths}')
    return faults + ([] if len(world.asked()) == 1 else [f'asked for: {world.asked()}'])


def broken_program(world):
    """A library that is gone, for one."""
    path = last(world.tool())
    world.write(os.path.relpath(path, world.top), '#!/bin/sh\nexit 127\n')
    done = world.tool()
    return ends(done, 0, '/qemu-system-x86_64$') + (
        [] if 'ten' in read(path) else ['it was not built anew'])


def newer(world):
    world.offer('1:7.2+dfsg-7+deb12u19')
    done = world.tool()
    said = f'QEMU {PINNED} is gone from bookworm; its 1:7.2+dfsg-7+deb12u19 is taken'
    return ends(done, 0, '/qemu-system-x86_64$') + ([] if said in done.stdout else [done.stdout])


def newer_with_offset(world):
    world.offer('1:7.2+dfsg-7+deb12u19')
    world.series(PATCH.format(at=6, old=10))
    return ends(world.tool(), 0, '/qemu-system-x86_64$')


def other_release(world):
    world.offer('1:10.0.2+ds-2')
    return fails(world, r'bookworm has QEMU 1:10\.0\.2\+ds-2, and the patches are made for '
                 r'1:7\.2\+dfsg; QEMU=PROGRAM')


def offset(world):
    world.series(PATCH.format(at=6, old=10))
    return fails(world, r'^0\.patch is not made from QEMU 1:7\.2.*: .*offset|'
                 r': 0\.patch is not made from QEMU 1:7\.2.*: .*offset')


def does_not_build(world):
    world.write('qemu/broken.c', '')
    done = world.tool()
    return fails(world, r'QEMU does not build; all that ninja said is in .*/x86_64\.log$') + (
        [] if 'error: as asked' in done.stdout else [f'the error is not shown: {done.stdout}'])


def no_space(world):
    world.write('bin/df', '#!/bin/sh\necho Avail\necho 1048577\n')
    os.chmod(world.path('bin/df'), 0o755)
    return fails(world, r'cache has 1 GiB free, and this needs \d+ GiB')


def no_compiler(world):
    os.remove(world.path('bin/meson'))
    os.makedirs(world.path('few'))
    for name in ('bash basename dirname nproc uname sed sha256sum cut cat date df tail mkdir rm '
                 'mv flock find grep').split():
        os.symlink(shutil.which(name), world.path('few', name))
    path = f'{world.path("bin")}:{world.path("few")}'
    return fails(world, r"'\w+' is not installed \(tests/tools/packages install kernel "
                 r'kernel-emulator\)', PATH=path)


def stopped(world):
    """A run that is stopped leaves nothing half done; the next one builds, and sweeps up."""
    world.write('cache/emulator/x86_64-000000000000.tmp/source/file.c', '')
    world.write('hang', '')
    with subprocess.Popen([world.path('kernel/tools/emulator')], env=world.env,
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                          start_new_session=True) as process:
        for _ in range(200):
            if os.path.exists(world.path('hanging')):
                break
            time.sleep(0.05)
        os.killpg(process.pid, signal.SIGTERM)
        status = process.wait(20)
    os.remove(world.path('hang'))
    return ([] if status else ['it ended with 0']) + builds(world)


def own(world):
    done = world.tool(QEMU=world.path('bin/meson'))
    return ends(done, 0, r'/bin/meson$') + (
        ['it built something'] if os.path.exists(world.path('cache')) else [])


def tests_model(world):
    """Each test gets the program; where that cannot be built there is none."""
    faults = []
    for status in 0, 1:
        for name, end in ('a', f'exit {status}'), ('b', 'exit 0'):
            path = f'kernel/emulator/tests/{name}/run'
            world.write(path, f'#!/bin/sh\necho "{name} $*"\n{end}\n')
            os.chmod(world.path(path), 0o755)
        done = world.tool('test', ARCH='arm64')
        faults += ends(done, status, r'^b --qemu /.*/arm64-\w{12}/qemu-system-aarch64$')
        faults += [] if '\na --qemu /' in f'\n{done.stdout}' else ['the first did not run']
    world.write('qemu/broken.c', '')
    world.write('kernel/emulator/aarch64-softmmu.mak', '')
    return faults + ends(world.tool('test', ARCH='arm64'), 1, 'QEMU does not build; all') + ends(
        world.tool('test'), 1, 'ARCH=x86_64 has no test without a kernel')


CASES = (
    ('it is built from the patched source, with few devices', builds),
    ('it is built once', builds_once),
    ('other patches, devices or guests are another one, of the same download', builds_anew),
    ('one that does not run any more is built anew', broken_program),
    ('a newer revision is taken when the pinned one is gone', newer),
    ('there an offset is no fault', newer_with_offset),
    ('another release is refused', other_release),
    ('a source that cannot be had is no fault, and the other way is named', lambda w: [
        w.offer('')] and fails(w, 'source of QEMU cannot be had; QEMU=PROGRAM', 77)),
    ('a source with another sum is refused', lambda w: [w.base('0' * 64)] and fails(
        w, 'the .dsc of QEMU .* has another SHA-256 than kernel/emulator/base names')),
    ('a patch that does not apply is named', lambda w: [w.series(PATCH.format(
        at=7, old='gone'))] and fails(w, r'0\.patch does not apply to QEMU: .*FAILED')),
    ('an offset on the pinned source is refused', offset),
    ('a patch that is not there is named', lambda w: [w.write(
        'kernel/emulator/series', 'nowhere.patch\n')] and fails(
            w, r'series names nowhere\.patch, which is not in')),
    ('a library that is missing is named, with its packages', lambda w: [w.write(
        'qemu/no-library', '')] and fails(
            w, r'cannot be configured: ERROR: Dependency "glib-2\.0" not found '
            r'\(tests/tools/packages install kernel kernel-emulator\)')),
    ('a build that fails shows its error', does_not_build),
    ('a disk without room is refused', no_space),
    ('a tool that is missing is named, with its packages', no_compiler),
    ('a run that is stopped does not spoil the next', stopped),
    ('an emulator of your own is taken as it is', own),
    ('one that is not there is named', lambda w: fails(
        w, 'QEMU=/no/such is not a program', QEMU='/no/such')),
    ('the tests of the model get the program, and each counts', tests_model),
    ('an architecture without guests is refused', lambda w: fails(
        w, 'ARCH=s390x has no guest', ARCH='s390x')),
    ('an unknown verb is refused', lambda w: ends(
        w.tool('dance'), 1, r"'dance' is unknown; usage: .*\[build\|test\]")),
)


# kernel/tools/run, which says that a boot wants the emulator, or none; and what it runs on.
RUN = """#!/bin/sh
case $* in *--emulated*) cat "${0%/*}/wanted"; exit ;; esac
for word; do echo "word: $word"; done
echo '1 passed, 0 failed, 0 skipped'
"""


class Boots(World):
    """The same, where kernel/tools/test has a kernel and a guest, and writes down its words."""

    def __init__(self, source, top):
        super().__init__(source, top)
        for name, text in {'apply': 'echo /linux', 'build': 'echo /image', 'guest': 'echo /initrd',
                           'run': RUN}.items():
            os.remove(self.path('kernel/tools', name))
            self.write(f'kernel/tools/{name}', text if text is RUN else f'#!/bin/sh\n{text}\n')
            os.chmod(self.path('kernel/tools', name), 0o755)
        self.write('kernel/tools/wanted', 'own\n')

    def words(self, **variables):
        """How it ended, and the words of kernel/tools/run."""
        done = run(self.path('kernel/tools/test'), 'tests', env={**self.env, **variables})
        return done, [line.removeprefix('word: ') for line in done.stdout.splitlines()
                      if line.startswith('word: ')]


def gets(world, status, words, *absent, **variables):
    done, said = world.words(**variables)
    faults = [] if done.returncode == status else [f'exit status {done.returncode}']
    if words and not any(re.fullmatch(words, ' '.join(said[at:])) for at in range(len(said))):
        faults.append(f'kernel/tools/run was not told {words}')
    faults += [f'it was told {word}' for word in absent if word in said]
    return faults and faults + [done.stdout]


NONE = r'--no-emulator the source of QEMU cannot be had; QEMU=PROGRAM names an emulator of your own'
BOOTS = (
    ('a boot that wants it gets it, built on the way', lambda w: gets(
        w, 0, r'--emulator \S*/cache/emulator/x86_64-\w{12}/qemu-system-x86_64 --initrd .*')),
    ('where no boot wants it, it is not built', lambda w: [
        w.write('kernel/tools/wanted', '')] and gets(w, 0, None, '--emulator') + (
            ['it was'] if w.asked() else [])),
    ('boots without it are skipped with its last words', lambda w: [w.offer('')] and gets(
        w, 0, f'{NONE} --initrd .*', '--require-emulator')),
    ('where it is required they fail', lambda w: [w.offer('')] and gets(
        w, 0, f'{NONE} --require-emulator --initrd .*', KVMFEAT_REQUIRE_EMULATOR='1')),
    ('an emulator of your own is used', lambda w: gets(
        w, 0, r'--emulator \S*/bin/meson --initrd .*', QEMU=w.path('bin/meson'))),
    ('one that is not there ends the run', lambda w: gets(w, 1, None, '--kernel', QEMU='/no/such')),
)


def main(source):
    tap = Tap()
    for name, check in BOOTS:
        with tempfile.TemporaryDirectory() as top:
            tap.case(name, check(Boots(source, os.path.realpath(top))))
    for name, check in CASES:
        with tempfile.TemporaryDirectory() as top:
            tap.case(name, check(World(source, os.path.realpath(top))))
    tap.end()


if __name__ == '__main__':
    main(*sys.argv[1:])
