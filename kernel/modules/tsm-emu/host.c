// SPDX-License-Identifier: GPL-2.0-only
/*
 * The emulated hierarchy: a host bridge in a PCI domain of its own, three root ports, and an
 * endpoint below each. Nothing answers at the BARs: a read of them ends as the platform has it.
 */
#include "emu.h"

#include <linux/idr.h>
#include <linux/ioport.h>
#include <linux/mutex.h>
#include <linux/pci-ide.h>
#include <linux/sizes.h>
#include <linux/string.h>

/* The emulated domains of the kernel begin where firmware's end. */
#define FIRST_DOMAIN 0x10000
#define STREAMS 4 /* of the host bridge */
#define WINDOW SZ_16M
/* What the devices see of the first window: a 32-bit BAR must reach it. */
#define WINDOW_ON_BUS 0xc0000000

#define MEM64 PCI_BASE_ADDRESS_MEM_TYPE_64
#define PREFETCH PCI_BASE_ADDRESS_MEM_PREFETCH

/* Bits of a range in a report (table 11-16 of PCIe r7.0) */
#define MSIX_TABLE BIT(0)
#define MSIX_PBA BIT(1)
#define NON_TEE BIT(2)
#define UPDATABLE BIT(3)

static const struct emu_model root_port = { .device = 0x0001, .port = true, .ide = true };

static const struct emu_range plain_range[] = { { 0, 0, SZ_64K, 0 } };

/* Its function 0 is the DSM of all three. */
static const struct emu_model manager = {
	.device = 0x0010,
	.tee = true,
	.ide = true,
	.doe = true,
	.bar[0] = { SZ_64K, MEM64 | PREFETCH },
	.range = plain_range,
	.ranges = ARRAY_SIZE(plain_range),
};

static const struct emu_model managed = {
	.device = 0x0011,
	.tee = true,
	.bar[0] = { SZ_64K, MEM64 | PREFETCH },
	.range = plain_range,
	.ranges = ARRAY_SIZE(plain_range),
};

static const struct emu_range several_ranges[] = {
	{ 0, 0, SZ_1M, 0 },
	{ 2, 0, SZ_32K, 0 },
	{ 2, SZ_32K, SZ_4K, MSIX_TABLE },
	{ 2, SZ_32K + SZ_4K, SZ_4K, MSIX_PBA },
	{ 2, SZ_32K + SZ_8K, SZ_16K + SZ_8K, UPDATABLE },
	{ 3, 0, SZ_16K, NON_TEE },
};

/* Several BARs, and the MSI-X table in the middle of one that is part of the TEE. */
static const struct emu_model several_bars = {
	.device = 0x0020,
	.tee = true,
	.ide = true,
	.doe = true,
	.bar[0] = { SZ_1M, MEM64 | PREFETCH },
	.bar[2] = { SZ_64K, 0 },
	.bar[3] = { SZ_16K, 0 },
	.msix = { .vectors = 16, .bar = 2, .table = SZ_32K, .pba = SZ_32K + SZ_4K },
	.range = several_ranges,
	.ranges = ARRAY_SIZE(several_ranges),
};

static const struct emu_model no_tee = {
	.device = 0x0030,
	.bar[0] = { SZ_64K, 0 },
};

static const struct emu_model *const endpoints[EMU_PORTS][EMU_FUNCTIONS] = {
	{ &manager, &managed, &managed },
	{ &several_bars },
	{ &no_tee },
};

DEFINE_RAW_SPINLOCK(emu_lock);
struct emu_port emu_ports[EMU_PORTS];

static struct pci_host_bridge *bridge;
static struct resource window[2];
#ifdef CONFIG_X86
/* There the number of the domain is in what bus->sysdata points to. */
static struct pci_sysdata sysdata = { .node = NUMA_NO_NODE };
#endif

static struct emu_function *find(struct pci_bus *bus, unsigned int devfn)
{
	unsigned int slot = PCI_SLOT(bus->self ? bus->self->devfn : devfn);
	struct emu_function *fn;

	if (slot >= EMU_PORTS || PCI_FUNC(devfn) >= EMU_FUNCTIONS)
		return NULL;
	if (!bus->self)
		return PCI_FUNC(devfn) ? NULL : &emu_ports[slot].self;
	fn = &emu_ports[slot].function[PCI_FUNC(devfn)];
	return PCI_SLOT(devfn) || !fn->model || !fn->port->present ? NULL : fn;
}

static int read_config(struct pci_bus *bus, unsigned int devfn, int where, int size, u32 *value)
{
	struct emu_function *fn;

	guard(raw_spinlock_irqsave)(&emu_lock);
	fn = find(bus, devfn);
	if (fn)
		return emu_config_read(fn, where, size, value);
	PCI_SET_ERROR_RESPONSE(value);
	return PCIBIOS_DEVICE_NOT_FOUND;
}

static int write_config(struct pci_bus *bus, unsigned int devfn, int where, int size, u32 value)
{
	struct emu_function *fn;

	guard(raw_spinlock_irqsave)(&emu_lock);
	fn = find(bus, devfn);
	return fn ? emu_config_write(fn, where, size, value) : PCIBIOS_DEVICE_NOT_FOUND;
}

static struct pci_ops config_ops = { .read = read_config, .write = write_config };

/* The function behind @pdev, also of one that was pulled out; NULL when it is none of ours. */
struct emu_function *emu_function_of(struct pci_dev *pdev)
{
	struct emu_port *port;

	if (pdev->bus->ops != &config_ops || !pdev->bus->self)
		return NULL;
	port = &emu_ports[PCI_SLOT(pdev->bus->self->devfn)];
	return &port->function[PCI_FUNC(pdev->devfn)];
}

static struct pci_dev *port_get(struct emu_port *port)
{
	return pci_get_domain_bus_and_slot(bridge->domain_nr, 0, PCI_DEVFN(port - emu_ports, 0));
}

/* Its device in the kernel, with a reference; NULL when there is none. */
struct pci_dev *emu_pdev_get(struct emu_function *fn)
{
	struct pci_dev *port __free(pci_dev_put) = port_get(fn->port);

	if (!port || !port->subordinate)
		return NULL;
	return pci_get_slot(port->subordinate, PCI_DEVFN(0, fn->number));
}

/* As pci_name() has it, also while the device is not there. */
void emu_name(struct emu_function *fn, char *name, size_t size)
{
	struct pci_dev *port __free(pci_dev_put) = port_get(fn->port);

	snprintf(name, size, "%04x:%02x:00.%u", bridge->domain_nr, port->subordinate->number,
		 fn->number);
}

static void reset_endpoint(struct emu_port *port, bool present)
{
	guard(raw_spinlock_irqsave)(&emu_lock);
	for (int i = 0; i < EMU_FUNCTIONS; i++)
		if (port->function[i].model)
			emu_config_reset(&port->function[i]);
	port->present = present;
}

/* Pulled out first: what the kernel then still does with it reaches no device. */
void emu_remove_endpoint(struct emu_port *port)
{
	reset_endpoint(port, false);
	for (int i = EMU_FUNCTIONS - 1; i >= 0; i--) {
		struct pci_dev *pdev = emu_pdev_get(&port->function[i]);

		if (!pdev)
			continue;
		pci_stop_and_remove_bus_device_locked(pdev);
		pci_dev_put(pdev);
	}
}

void emu_restore_endpoint(struct emu_port *port)
{
	struct pci_dev *pdev __free(pci_dev_put) = port_get(port);

	if (port->present)
		return;
	reset_endpoint(port, true);
	pci_lock_rescan_remove();
	pci_rescan_bus(pdev->subordinate);
	pci_unlock_rescan_remove();
}

static void make_ports(void)
{
	for (int i = 0; i < EMU_PORTS; i++) {
		struct emu_port *port = &emu_ports[i];

		port->self.model = &root_port;
		port->self.port = port;
		for (int j = 0; j < EMU_FUNCTIONS; j++) {
			port->function[j].model = endpoints[i][j];
			port->function[j].port = port;
			port->function[j].number = j;
		}
		scoped_guard(raw_spinlock_irqsave, &emu_lock) emu_config_reset(&port->self);
		reset_endpoint(port, true);
	}
}

/*
 * Room for a window: in that of a host bridge of the machine, where a read that nobody answers
 * does no harm, or anywhere.
 */
static int claim(struct resource *res, const char *name, unsigned long flags)
{
	struct pci_bus *bus = NULL;
	struct resource *room;

	*res = (struct resource){ .name = name, .flags = flags };
	while ((bus = pci_find_next_bus(bus))) {
		pci_bus_for_each_resource(bus, room)
		{
			if (!room || resource_type(room) != IORESOURCE_MEM || room->end < SZ_4G)
				continue;
			if (!allocate_resource(room, res, WINDOW, SZ_4G, room->end, WINDOW, NULL,
					       NULL))
				return 0;
		}
	}
	return allocate_resource(&iomem_resource, res, WINDOW, SZ_4G, BIT_ULL(36) - 1, WINDOW, NULL,
				 NULL);
}

static int claim_windows(void)
{
	int err;

	err = claim(&window[0], "tsm-emu", IORESOURCE_MEM);
	if (err)
		return err;
	err = claim(&window[1], "tsm-emu 64-bit",
		    IORESOURCE_MEM | IORESOURCE_MEM_64 | IORESOURCE_PREFETCH);
	if (err)
		release_resource(&window[0]);
	return err;
}

static void release_windows(void)
{
	release_resource(&window[1]);
	release_resource(&window[0]);
}

static int make_bridge(void)
{
	int domain;

	bridge = pci_alloc_host_bridge(0);
	if (!bridge)
		return -ENOMEM;
	domain = pci_bus_find_emul_domain_nr(0, FIRST_DOMAIN, INT_MAX);
	if (domain < 0) {
		pci_free_host_bridge(bridge);
		return domain;
	}
	bridge->domain_nr = domain; /* its release frees the number */
#ifdef CONFIG_X86
	sysdata.domain = domain;
	bridge->sysdata = &sysdata;
#endif
	bridge->ops = &config_ops;
	/* The ports have neither interrupts nor what these services are for. */
	bridge->native_aer = 0;
	bridge->native_pcie_hotplug = 0;
	bridge->native_shpc_hotplug = 0;
	bridge->native_pme = 0;
	bridge->native_ltr = 0;
	bridge->native_dpc = 0;
	pci_add_resource_offset(&bridge->windows, &window[0], window[0].start - WINDOW_ON_BUS);
	pci_add_resource(&bridge->windows, &window[1]);
	return 0;
}

int emu_host_start(void)
{
	int err;

	make_ports();
	err = claim_windows();
	if (err)
		return err;
	err = make_bridge();
	if (err)
		goto no_bridge;
	err = pci_host_probe(bridge);
	if (err)
		goto no_probe;
	pci_ide_set_nr_streams(bridge, STREAMS);
	return 0;

no_probe:
	pci_free_host_bridge(bridge);
no_bridge:
	release_windows();
	return err;
}

void emu_host_stop(void)
{
	pci_lock_rescan_remove();
	pci_stop_root_bus(bridge->bus);
	pci_remove_root_bus(bridge->bus);
	pci_unlock_rescan_remove();
	pci_free_host_bridge(bridge);
	release_windows();
}
