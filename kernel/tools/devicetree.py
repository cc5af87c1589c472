# SPDX-License-Identifier: GPL-2.0-only
"""Flattened device trees, version 17 (Devicetree Specification, chapter 5): bytes to nodes, and
back. Memory reservations are left out, as QEMU's trees have none."""
import struct

MAGIC, VERSION, OLDEST = 0xd00dfeed, 17, 16
BEGIN_NODE, END_NODE, PROP, NOP, END = 1, 2, 3, 4, 9
HEADER = struct.Struct('>10I')


class Node:
    def __init__(self, name):
        self.name = name
        self.props = {}  # name -> bytes
        self.children = []

    def cells(self, prop):
        value = self.props[prop]
        return list(struct.unpack(f'>{len(value) // 4}I', value))

    def cell(self, prop, default=None):
        """The first."""
        return self.cells(prop)[0] if prop in self.props else default

    def set_cells(self, prop, *cells):
        self.props[prop] = struct.pack(f'>{len(cells)}I', *cells)

    def set_strings(self, prop, *strings):
        self.props[prop] = b''.join(string.encode() + b'\0' for string in strings)

    def add(self, name):
        child = Node(name)
        self.children.append(child)
        return child

    def child(self, name):
        for child in self.children:
            if child.name == name:
                return child
        raise ValueError(f'the device tree has no {self.name}/{name}')

    def all(self):
        """This node and all below it."""
        yield self
        for child in self.children:
            yield from child.all()


def word(data, at):
    return struct.unpack_from('>I', data, at)[0]


def string(data, at):
    return data[at:data.index(b'\0', at)].decode()


def parse(blob):
    """The root of the tree in @blob."""
    magic, _, structure, strings, _, version, oldest = HEADER.unpack_from(blob)[:7]
    if magic != MAGIC or version < VERSION or oldest > VERSION:
        raise ValueError(f'this is no device tree of version {VERSION}')
    at, parents = structure, [Node('')]
    while True:
        token = word(blob, at)
        at += 4
        if token == BEGIN_NODE:
            name = string(blob, at)
            at += len(name) + 1
            parents.append(parents[-1].add(name))
        elif token == PROP:
            size, name = word(blob, at), string(blob, strings + word(blob, at + 4))
            parents[-1].props[name] = blob[at + 8:at + 8 + size]
            at += 8 + size
        elif token == END_NODE:
            parents.pop()
        elif token == END:
            return parents[0].children[0]
        elif token != NOP:
            raise ValueError(f'the device tree has a token {token}')
        at += -at % 4


def padded(data):
    return data + bytes(-len(data) % 4)


def structure_of(node, strings):
    """The tokens of @node; the offsets of names go into @strings."""
    parts = [struct.pack('>I', BEGIN_NODE), padded(node.name.encode() + b'\0')]
    for name, value in node.props.items():
        at = strings.setdefault(name, sum(len(known) + 1 for known in strings))
        parts += [struct.pack('>3I', PROP, len(value), at), padded(value)]
    parts += [structure_of(child, strings) for child in node.children]
    return b''.join(parts) + struct.pack('>I', END_NODE)


def flatten(root):
    """The tree as bytes: header, no reservations, structure, strings."""
    strings = {}
    structure = structure_of(root, strings) + struct.pack('>I', END)
    names = b''.join(name.encode() + b'\0' for name in strings)
    reserved = bytes(16)
    begin = HEADER.size + len(reserved)
    end = begin + len(structure)
    return HEADER.pack(MAGIC, end + len(names), begin, end, HEADER.size, VERSION, OLDEST, 0,
                       len(names), len(structure)) + reserved + structure + names
