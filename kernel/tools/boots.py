# SPDX-License-Identifier: GPL-2.0-only
"""What is booted: boots.ini, and the list of programs that a guest is given."""
import configparser
import os
import re
from typing import NamedTuple

import pmus
from cpio import Archive

# Their exit status is the result; a test of ours prints KTAP.
STATUS_KINDS = ('selftest', 'extra')
KEYS = {'run', 'cmdline', 'emulator', 'machine', 'cpu', 'cpus', 'pmus', 'memory', 'seconds', 'each'}


class Fault(Exception):
    """What the person did wrong, in one sentence."""


class Program(NamedTuple):
    kind: str  # 'test' or one of STATUS_KINDS
    name: str
    arguments: str = ''

    @property
    def room(self):
        return self.name.split('/')[0] if self.kind == 'test' else self.kind

    @property
    def title(self):
        """How the guest calls it."""
        kind = '' if self.kind == 'test' else f'{self.kind}: '
        return f'{kind}{self.name} {self.arguments}'.rstrip()


class Boot(NamedTuple):
    arch: str
    name: str
    programs: list
    cmdline: str
    emulator: bool  # only the lab's own will do
    machine: str
    cpu: str
    cpus: int
    pmus: list  # instead of the one that all CPUs have, or none
    memory: str
    seconds: int
    each: int


def programs(text):
    """Tests by name, as many as one likes a line; or one KIND:NAME ARGUMENTS… a line."""
    found = []
    for line in text.splitlines():
        line = line.partition('#')[0].strip()
        kind, colon, rest = line.partition(':')
        if colon and kind in STATUS_KINDS and rest.strip():
            name, _, arguments = rest.strip().partition(' ')
            found.append(Program(kind, name, arguments.strip()))
            continue
        for name in line.split():
            if name.count('/') != 1 or ':' in name or not all(name.split('/')):
                raise Fault(f'"{name}" is no ROOM/NAME, and no selftest:NAME')
            found.append(Program('test', name))
    return found


def lists(text):
    """Name of a boot -> its programs, from a list in which a line [BOOT] begins those of another
    one; what is above the first such line is under None."""
    parts = re.split(r'^\[(\S+)\]$', text, flags=re.M)
    found = {name: programs(part) for name, part in zip([None, *parts[1::2]], parts[::2])}
    return {name: listed for name, listed in found.items() if listed}


def read_boots(path, arch, only=None):
    """The boots of @arch, in the order of the file."""
    config = configparser.ConfigParser(interpolation=None)
    try:
        with open(path, encoding='utf-8') as file:
            config.read_file(file)
    except (OSError, ValueError, configparser.Error) as error:
        raise Fault(f'cannot read the boots: {error}') from None
    boots = []
    for title in config.sections():
        section = config[title]
        words = title.split()
        if len(words) != 2:
            raise Fault(f'{path}: [{title}] is not "[ARCH NAME]"')
        unknown = sorted(set(section) - KEYS)
        if unknown:
            raise Fault(f'{path}: [{title}] has an unknown key "{unknown[0]}"')
        if words[0] == arch and only in (None, words[1]):
            boots.append(read_boot(path, title, section))
    if not boots:
        raise Fault(f'{path} has no boot "{arch} {only}"' if only else
                    f'{path} has no boot of {arch}')
    return boots


def read_boot(path, title, section):
    arch, name = title.split()
    try:
        return Boot(arch, name, programs(section.get('run', '')),
                    section.get('cmdline', ''), section.getboolean('emulator', False),
                    section.get('machine', ''), section.get('cpu', ''),
                    section.getint('cpus', 2), pmus.parse(section.get('pmus', '')),
                    section.get('memory', '2048'), section.getint('seconds', 300),
                    section.getint('each', 120))
    except ValueError as error:
        raise Fault(f'{path}: [{title}]: {error}') from None


def names(boots):
    """The tests of @boots, each once: what an initramfs must hold."""
    found = [p.name for boot in boots for p in boot.programs if p.kind == 'test']
    return list(dict.fromkeys(found))


def guest_list(boot, listed, extra):
    """An archive to follow the initramfs: the list that the guest's init works off, and the
    static programs @extra (name -> path on the host) that are run, too."""
    archive = Archive()
    lines = [f'{boot.each} {p.kind} {p.name} {p.arguments}'.rstrip() for p in listed]
    archive.file('kvmfeat.list', ''.join(line + '\n' for line in lines).encode())
    for name, path in extra.items():
        try:
            archive.copy(os.path.realpath(path), f'extra/{name}')
        except OSError as error:
            raise Fault(f'cannot run {path} in the guest: {error}') from None
    return archive.bytes()
