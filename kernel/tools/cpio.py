# SPDX-License-Identifier: GPL-2.0-only
"""Writes initramfs archives (cpio "newc"). The same input makes the same bytes, and nobody
needs root: every file belongs to root, has no age, and a device is only a header."""
import os
import stat


class Archive:
    def __init__(self):
        self.parts = []
        self.names = set()

    def _add(self, name, mode, data=b'', device=(0, 0)):
        if name in self.names:
            raise OSError(f'{name} is there twice')
        path = os.fsencode(name) + b'\0'
        fields = (len(self.names) + 1, mode, 0, 0, 1, 0, len(data), 0, 0, *device, len(path), 0)
        self.names.add(name)
        self._padded(b'070701' + b''.join(b'%08X' % f for f in fields) + path)
        self._padded(data)

    def _padded(self, data):
        self.parts += [data, bytes(-len(data) % 4)]

    def _parents(self, name):
        top = os.path.dirname(name)
        if top and top not in self.names:
            self.directory(top)

    def directory(self, name, mode=0o755):
        self._parents(name)
        if name not in self.names:
            self._add(name, stat.S_IFDIR | mode)

    def file(self, name, data, mode=0o644):
        self._parents(name)
        self._add(name, stat.S_IFREG | mode, data)

    def link(self, name, target):
        self._parents(name)
        self._add(name, stat.S_IFLNK | 0o777, os.fsencode(target))

    def device(self, name, major, minor, mode=0o600):
        self._parents(name)
        self._add(name, stat.S_IFCHR | mode, device=(major, minor))

    def copy(self, path, name):
        """One file, link or directory of the host. Only the owner's right to run it counts."""
        status = os.lstat(path)
        if stat.S_ISLNK(status.st_mode):
            self.link(name, os.readlink(path))
        elif stat.S_ISDIR(status.st_mode):
            self.directory(name)
        elif stat.S_ISREG(status.st_mode):
            with open(path, 'rb') as file:
                self.file(name, file.read(), 0o755 if status.st_mode & stat.S_IXUSR else 0o644)
        else:
            raise OSError(f'{path} is no file, link or directory')

    def tree(self, top):
        """All that is below @top, sorted."""
        for folder, folders, files in os.walk(top):
            folders.sort()
            links = [f for f in folders if os.path.islink(os.path.join(folder, f))]
            below = os.path.relpath(folder, top)
            if below != '.':
                self.copy(folder, below)
            for name in sorted(files + links):
                path = os.path.join(folder, name)
                self.copy(path, os.path.relpath(path, top))

    def bytes(self):
        """The archive as it is now, padded as the kernel wants an archive that is followed."""
        whole = Archive()
        whole.parts = list(self.parts)
        whole._add('TRAILER!!!', 0)
        data = b''.join(whole.parts)
        return data + bytes(-len(data) % 512)
