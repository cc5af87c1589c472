# SPDX-License-Identifier: GPL-2.0-only
"""A host whose CPUs have different PMUs, as a big.LITTLE one has. QEMU's CPUs are all alike, but
it is the device tree that says which PMU a CPU has, and a driver believes it."""
import re
from typing import NamedTuple

import devicetree

# arm,gic-v3.yaml: a fourth cell of an interrupt is the CPUs that it is for, 0 all of them.
CELLS = 3


class Pmu(NamedTuple):
    name: str  # the compatible is "arm,NAME-pmu"
    cpus: list


def parse(text):
    """PMUs from "NAME:FIRST-LAST NAME:CPU"."""
    found, taken = [], set()
    for one in text.split():
        match = re.fullmatch(r'([a-z0-9-]+):(\d+)(?:-(\d+))?', one)
        if not match:
            raise ValueError(f'"{one}" is not NAME:FIRST-LAST')
        cpus = list(range(int(match[2]), int(match[3] or match[2]) + 1))
        if not cpus or taken & set(cpus):
            raise ValueError(f'"{one}" has no CPU, or one that another PMU has')
        taken |= set(cpus)
        found.append(Pmu(match[1], cpus))
    return found


def widened(cells, size):
    """A 0 behind each @size cells."""
    if len(cells) % size:
        raise ValueError(f'the device tree has {len(cells)} cells where each entry has {size}')
    return [cell for at in range(0, len(cells), size) for cell in (*cells[at:at + size], 0)]


def widen_interrupts(root, gic):
    """Gives all interrupts a fourth cell."""
    phandle = gic.cell('phandle')
    for node in root.all():
        if node.cell('interrupt-parent', phandle) != phandle or \
                'interrupt-controller' in node.props and node is not gic or \
                'interrupts-extended' in node.props:
            raise ValueError(f'{node.name} has interrupts of another controller than the GIC')
        if 'interrupts' in node.props:
            node.set_cells('interrupts', *widened(node.cells('interrupts'), CELLS))
        if 'interrupt-map' in node.props:
            # A row is address and interrupt of a device; the GIC, an address there; its interrupt.
            row = node.cell('#address-cells') + node.cell('#interrupt-cells') + 1 + \
                gic.cell('#address-cells', 0) + CELLS
            node.set_cells('interrupt-map', *widened(node.cells('interrupt-map'), row))
    gic.set_cells('#interrupt-cells', CELLS + 1)


def find_gic(root):
    for node in root.all():
        if node.props.get('compatible') == b'arm,gic-v3\0':
            return node
    raise ValueError('the machine has no GICv3')


def split(blob, pmus):
    """The device tree @blob with @pmus in place of the PMU that all CPUs have."""
    root = devicetree.parse(blob)
    gic, old = find_gic(root), root.child('pmu')
    root.children.remove(old)
    interrupt = old.cells('interrupts')
    widen_interrupts(root, gic)
    partitions = gic.add('ppi-partitions')
    phandle = max(node.cell('phandle', 0) for node in root.all())
    for phandle, pmu in enumerate(pmus, phandle + 1):
        cpus = [root.child('cpus').child(f'cpu@{cpu:x}') for cpu in pmu.cpus]
        partition = partitions.add(f'interrupt-partition-{len(partitions.children)}')
        partition.set_cells('affinity', *(cpu.cell('phandle') for cpu in cpus))
        partition.set_cells('phandle', phandle)
        node = root.add(f'pmu-{pmu.name}')
        node.set_strings('compatible', f'arm,{pmu.name}-pmu')
        node.set_cells('interrupts', *interrupt, phandle)
    return devicetree.flatten(root)
