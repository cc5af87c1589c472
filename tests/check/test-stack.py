# SPDX-License-Identifier: GPL-2.0-or-later
"""kernel/tools/{fetch,apply,config,build}: what they make, and how they refuse. A source tree
of a few files stands in for Linux; no network, no kernel.

test-stack.py SOURCE
"""
import hashlib
import os
import shutil
import sys
import tempfile

from tap import Tap, ends, last, read, run

MAKEFILE = """VERSION = 7
PATCHLEVEL = 3
allnoconfig olddefconfig:
\tgrep -ve DROPPED -e =n $(KCONFIG_ALLCONFIG) >$(O)/.config
vmlinux bzImage modules:
\t@test ! -e broken.c || { echo "broken.c:1: error: as asked"; exit 1; }
\tmkdir -p $(O)/arch/x86/boot && touch $(O)/arch/x86/boot/bzImage
"""
LINES = ''.join(f'line {n}\n' for n in range(1, 21))
PATCH = """Subject: [PATCH] change the tenth line

--- a/virt/kvm/file.c
+++ b/virt/kvm/file.c
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
# Says that it holds linux-source-7.3 of the version in the file "offered", and gives it.
APT = """#!/bin/sh
here=${0%/*}/..
while [ $# -gt 0 ]; do
\tcase $1 in
\tlist) echo "linux-source-7.3 $(cat "$here/offered") 1 0" ; [ -s "$here/offered" ] ; exit ;;
\tdownload) [ -s "$here/offered" ] && cp "$here/package.deb" . ; exit ;;
\tesac
\tshift
done
"""


class World:
    """A copy of kernel/tools with a stack, a base, and a cache of its own."""

    def __init__(self, source, top):
        self.top = top
        shutil.copytree(os.path.join(source, 'kernel/tools'), self.path('kernel/tools'))
        self.write('linux/Makefile', MAKEFILE)
        self.write('linux/virt/kvm/file.c', LINES)
        self.write('linux/untouched.c', 'int untouched;\n')
        self.write('kernel/config/fragments', 'x86_64 base\narm64 base\n')
        self.write('kernel/config/base.config', 'CONFIG_SMP=y\nCONFIG_SLOB=n\n')
        self.write('kernel/config/x86_64/base.config', 'CONFIG_ACPI=y\n')
        self.write('kernel/config/drop.config', 'CONFIG_DROPPED=y\n')
        self.stack(PATCH.format(at=7, old=10))
        self.tar()
        self.write('kernel/tools/apt', APT)
        os.chmod(self.path('kernel/tools/apt'), 0o755)
        self.env = {**os.environ, 'KVMFEAT_CACHE': self.path('cache'), 'ARCH': 'x86_64'}
        for name in ('FRAGMENTS', 'TREE', 'TARBALL', 'SERIES', 'CONFIG', 'LLVM', 'XDG_CACHE_HOME'):
            self.env.pop(name, None)

    def path(self, *names):
        return os.path.join(self.top, *names)

    def write(self, name, text):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), 'w', encoding='utf-8') as file:
            file.write(text)

    def stack(self, *patches):
        for number, patch in enumerate(patches):
            self.write(f'kernel/patches/room/{number}.patch', patch)
        self.write('kernel/series', '# a comment\n\n' + ''.join(
            f'room/{number}.patch # why\n' for number in range(len(patches))))

    def tar(self, pinned=True):
        """Makes the tarball, and the base that pins it or another."""
        run('tar', 'cJf', self.path('linux-source-7.3.tar.xz'), '-C', self.top, 'linux', check=True)
        with open(self.path('linux-source-7.3.tar.xz'), 'rb') as file:
            digest = hashlib.sha256(file.read()).hexdigest()
        self.write('kernel/base', f"""PACKAGE=linux-source-7.3
VERSION=7.3.4-1
RELEASE=7.3
TARBALL=linux-source-7.3.tar.xz
SHA256={digest if pinned else '0' * 64}
""")

    def package(self, version):
        """What the private apt has; nothing when @version is empty."""
        self.write('kernel/offered', version)
        self.write('deb/DEBIAN/control', 'Package: linux-source-7.3\nVersion: 7.3.5-1\n'
                   'Maintainer: nobody <nobody@localhost>\nArchitecture: all\nDescription: x\n')
        os.makedirs(self.path('deb/usr/src'), exist_ok=True)
        shutil.copy(self.path('linux-source-7.3.tar.xz'), self.path('deb/usr/src'))
        run('dpkg-deb', '--build', self.path('deb'), self.path('kernel/package.deb'), check=True)

    def tool(self, name, *words, **variables):
        if not variables.keys() & {'TREE', 'TARBALL', 'bare'}:
            variables['TARBALL'] = self.path('linux-source-7.3.tar.xz')
        variables.pop('bare', None)
        return run(self.path('kernel/tools', name), *words, env={**self.env, **variables})

    def trees(self):
        folder = self.path('cache/linux')
        return sorted(os.listdir(folder)) if os.path.isdir(folder) else []


def applies(world):
    done = world.tool('apply')
    tree = last(done)
    faults = ends(done, 0, r'/cache/linux/\w{12}-\w{12}$')
    if not faults and 'line ten' not in read(tree, 'virt/kvm/file.c'):
        faults.append('the file is not patched')
    base = last(world.tool('fetch'))
    if read(base, 'virt/kvm/file.c') != LINES:
        faults.append('the source itself was patched')
    if os.path.exists(os.path.join(tree, 'virt/kvm/file.c.orig')):
        faults.append('patch left a file behind')
    again = world.tool('apply')
    return faults + ([] if last(again) == tree else [f'the second time: {again.stdout}'])


def own_tree(world):
    tree = world.path('linux')
    first = last(world.tool('apply', TREE=tree))
    before = os.stat(os.path.join(first, 'virt/kvm/file.c')).st_mtime_ns
    world.write('linux/untouched.c', 'int changed;\n')
    done = world.tool('apply', TREE=tree)
    faults = ends(done, 0, r'/cache/linux/tree-')
    if read(tree, 'virt/kvm/file.c') != LINES:
        faults.append("the user's tree was patched")
    if 'changed' not in read(first, 'untouched.c'):
        faults.append('a change of the tree did not arrive')
    if os.stat(os.path.join(first, 'virt/kvm/file.c')).st_mtime_ns != before:
        faults.append('a file that did not change would be compiled again')
    return faults


def does_not_apply(world):
    world.stack(PATCH.format(at=7, old=10), PATCH.format(at=7, old='that is not there'))
    return (ends(world.tool('apply'), 1, r'room/1\.patch does not apply to .*FAILED') +
            (['a tree is left'] if world.trees() else []))


def offset(world):
    world.stack(PATCH.format(at=6, old=10))
    return ends(world.tool('apply'), 1, r'room/0\.patch is not made from this source: .*offset')


def offset_elsewhere(world):
    world.stack(PATCH.format(at=6, old=10))
    world.tar(pinned=False)
    return ends(world.tool('apply'), 0, '/cache/linux/')


def fuzz(world):
    world.stack(PATCH.format(at=7, old=10).replace(' line 7', ' line seven'))
    return ends(world.tool('apply', TREE=world.path('linux')), 1, r'room/0\.patch does not apply')


def missing_patch(world):
    world.write('kernel/series', 'room/nowhere.patch\n')
    return ends(world.tool('apply'), 1, r'names room/nowhere\.patch, which is not in')


def another_release(world):
    world.write('linux/Makefile', MAKEFILE.replace('VERSION = 7', 'VERSION = 6'))
    return ends(world.tool('apply', TREE=world.path('linux')), 1,
                r'TREE=.*/linux is Linux 6\.3, and the stack is made for Linux 7\.3')


def no_space(world):
    world.write('bin/df', '#!/bin/sh\necho Avail\necho 1048577\n')
    os.chmod(world.path('bin/df'), 0o755)
    path = f'{world.path("bin")}:{os.environ["PATH"]}'
    return ends(world.tool('fetch', PATH=path), 1, r'cache has 1 GiB free, and this needs \d+ GiB')


def newest(world):
    world.package('7.3.5-1')
    done = world.tool('fetch', bare=True)
    said = 'linux-source-7.3 7.3.4-1 is gone from trixie-backports; its newest is taken'
    return ends(done, 0, '/cache/base/') + ([] if said in done.stdout else [done.stdout])


def dropped(world):
    return ends(world.tool('config', FRAGMENTS='base drop'), 1,
                r'kconfig did not take: CONFIG_DROPPED=y')


def no_compiler(world):
    os.makedirs(world.path('bin'))
    for name in ('bash make flex bison bc sed basename dirname nproc uname tar xz sha256sum cut '
                 'df tail mkdir rm mv flock patch cat sort cp grep mktemp realpath head cmp touch '
                 'env tr').split():
        found = shutil.which(name)
        os.symlink(found or '/bin/true', world.path('bin', name))
    return ends(world.tool('config', ARCH='arm64', PATH=world.path('bin')), 1,
                r"'aarch64-linux-gnu-gcc' is not installed \(tests/tools/packages install .*arm64")


def does_not_build(world):
    world.write('linux/broken.c', '')
    done = world.tool('build', TREE=world.path('linux'))
    return ends(done, 1, r"does not build; all that make said is in .*/build\.log") + (
        [] if 'error: as asked' in done.stdout else [f'the error is not shown: {done.stdout}'])


CASES = (
    ('the stack is applied to a copy, once', applies),
    ("a user's tree is followed, and not written to", own_tree),
    ('a patch that does not apply is named, and leaves nothing', does_not_apply),
    ('an offset on the pinned source is refused', offset),
    ('an offset on another 7.3 is taken', offset_elsewhere),
    ('fuzz is refused anywhere', fuzz),
    ('a patch that is not there is named', missing_patch),
    ('a tree of another release is refused', another_release),
    ('a directory without Linux is refused',
     lambda w: ends(w.tool('fetch', TREE=w.path('kernel')), 1, r'TREE=.* is no Linux source')),
    ('two sources are refused', lambda w: ends(
        w.tool('fetch', TREE=w.path('linux'), TARBALL='x'), 1, 'TREE= and TARBALL= are both set')),
    ('a tarball that is not there is named', lambda w: ends(
        w.tool('fetch', TARBALL='/no/such.tar.xz'), 1, r'TARBALL=/no/such\.tar\.xz is not a file')),
    ('a disk without room is refused before anything is written', no_space),
    ('the newest package is taken when the pinned one is gone', newest),
    ('without a package both other ways are named', lambda w: [w.package('')] and ends(
        w.tool('fetch', bare=True), 77, r'cannot be had; .*TARBALL=.*TREE=')),
    ('a configuration is merged and read back', lambda w: ends(
        w.tool('config'), 0, r'/build-x86_64-base-\w{12}$')),
    ('a symbol that kconfig drops is an error', dropped),
    ('a fragment that is not there is named', lambda w: ends(
        w.tool('config', FRAGMENTS='base gone'), 1, "names 'gone', and there is no")),
    ('an unknown architecture is refused', lambda w: ends(
        w.tool('fetch', ARCH='vax'), 1, 'ARCH=vax is unknown; there are x86_64, arm64 and s390x')),
    ('a compiler that is missing is named, with its packages', no_compiler),
    ('the image is built, and its path printed', lambda w: ends(
        w.tool('build'), 0, r'/build-x86_64-base-\w{12}/arch/x86/boot/bzImage$')),
    ('a build that fails shows its error', does_not_build),
)


def main(source):
    tap = Tap()
    for name, check in CASES:
        with tempfile.TemporaryDirectory() as top:
            tap.case(name, check(World(source, top)))
    tap.end()


if __name__ == '__main__':
    main(*sys.argv[1:])
