// SPDX-License-Identifier: GPL-2.0-only
/*
 * Configuration space from memory: each bit is fixed or writable, and a few registers do more.
 * Everything here is called with emu_lock held.
 */
#include "emu.h"

#include <linux/bitfield.h>
#include <linux/pci_regs.h>

#define VENDOR 0x6b66 /* nobody's: quirks leave it alone */
#define PCIE 0x40
#define MSIX 0x80
#define IDE 0x140
#define STREAMS 2
#define ASSOCIATIONS 2

void emu_config_put(struct emu_function *fn, int where, int size, u32 value)
{
	for (int i = 0; i < size; i++)
		fn->config[where + i] = value >> 8 * i;
}

u32 emu_config_get(struct emu_function *fn, int where)
{
	u32 value = 0;

	for (int i = 0; i < 4; i++)
		value |= (u32)fn->config[where + i] << 8 * i;
	return value;
}

static void allow(struct emu_function *fn, int where, int size, u32 mask)
{
	for (int i = 0; i < size; i++)
		fn->writable[where + i] = mask >> 8 * i;
}

static void put_header(struct emu_function *fn)
{
	const struct emu_model *model = fn->model;
	bool several = !model->port && fn->port->function[1].model;

	emu_config_put(fn, PCI_VENDOR_ID, 2, VENDOR);
	emu_config_put(fn, PCI_DEVICE_ID, 2, model->device);
	emu_config_put(fn, PCI_STATUS, 2, PCI_STATUS_CAP_LIST);
	emu_config_put(fn, PCI_CLASS_DEVICE, 2,
		       model->port ? PCI_CLASS_BRIDGE_PCI : PCI_CLASS_OTHERS << 8);
	emu_config_put(fn, PCI_HEADER_TYPE, 1,
		       (model->port ? PCI_HEADER_TYPE_BRIDGE : PCI_HEADER_TYPE_NORMAL) |
			       (several ? PCI_HEADER_TYPE_MFD : 0));
	emu_config_put(fn, PCI_CAPABILITY_LIST, 1, PCIE);
	allow(fn, PCI_COMMAND, 2,
	      PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | PCI_COMMAND_PARITY | PCI_COMMAND_SERR |
		      PCI_COMMAND_INTX_DISABLE);
	allow(fn, PCI_CACHE_LINE_SIZE, 1, 0xff);
	allow(fn, PCI_INTERRUPT_LINE, 1, 0xff);
}

static void put_bridge(struct emu_function *fn)
{
	allow(fn, PCI_PRIMARY_BUS, 3, 0xffffff);
	allow(fn, PCI_MEMORY_BASE, 4, 0xfff0fff0);
	emu_config_put(fn, PCI_PREF_MEMORY_BASE, 4, PCI_PREF_RANGE_TYPE_64 * 0x10001);
	allow(fn, PCI_PREF_MEMORY_BASE, 4, 0xfff0fff0);
	allow(fn, PCI_PREF_BASE_UPPER32, 4, ~0);
	allow(fn, PCI_PREF_LIMIT_UPPER32, 4, ~0);
	allow(fn, PCI_BRIDGE_CONTROL, 2, PCI_BRIDGE_CTL_PARITY | PCI_BRIDGE_CTL_SERR);
}

static void put_bars(struct emu_function *fn)
{
	for (int i = 0; i < EMU_BARS; i++) {
		const struct emu_bar *bar = &fn->model->bar[i];
		int where = PCI_BASE_ADDRESS_0 + 4 * i;

		if (!bar->size)
			continue;
		emu_config_put(fn, where, 4, bar->flags);
		allow(fn, where, 4, ~(bar->size - 1));
		if (bar->flags & PCI_BASE_ADDRESS_MEM_TYPE_64)
			allow(fn, where + 4, 4, ~0);
	}
}

static void put_capabilities(struct emu_function *fn)
{
	const struct emu_model *model = fn->model;
	const struct emu_msix *msix = &model->msix;
	u32 type = model->port ? PCI_EXP_TYPE_ROOT_PORT : PCI_EXP_TYPE_ENDPOINT;

	emu_config_put(fn, PCIE, 2, PCI_CAP_ID_EXP | (msix->vectors ? MSIX << 8 : 0));
	emu_config_put(fn, PCIE + PCI_EXP_FLAGS, 2, 2 | FIELD_PREP(PCI_EXP_FLAGS_TYPE, type));
	emu_config_put(fn, PCIE + PCI_EXP_DEVCAP, 4,
		       PCI_EXP_DEVCAP_RBER | (model->tee ? PCI_EXP_DEVCAP_TEE : 0));
	allow(fn, PCIE + PCI_EXP_DEVCTL, 2, 0x7fff);
	/* A link of 2.5 GT/s with one lane, and it is up. */
	emu_config_put(fn, PCIE + PCI_EXP_LNKCAP, 4,
		       PCI_EXP_LNKCAP_SLS_2_5GB | FIELD_PREP(PCI_EXP_LNKCAP_MLW, 1));
	emu_config_put(fn, PCIE + PCI_EXP_LNKSTA, 2,
		       PCI_EXP_LNKSTA_CLS_2_5GB | PCI_EXP_LNKSTA_NLW_X1);
	emu_config_put(fn, PCIE + PCI_EXP_LNKCAP2, 4, PCI_EXP_LNKCAP2_SLS_2_5GB);

	if (!msix->vectors)
		return;
	emu_config_put(fn, MSIX, 2, PCI_CAP_ID_MSIX);
	emu_config_put(fn, MSIX + PCI_MSIX_FLAGS, 2, msix->vectors - 1);
	allow(fn, MSIX + PCI_MSIX_FLAGS, 2, PCI_MSIX_FLAGS_ENABLE | PCI_MSIX_FLAGS_MASKALL);
	emu_config_put(fn, MSIX + PCI_MSIX_TABLE, 4, msix->table | msix->bar);
	emu_config_put(fn, MSIX + PCI_MSIX_PBA, 4, msix->pba | msix->bar);
}

static int stream_at(int stream)
{
	return IDE + PCI_IDE_LINK_STREAM_0 + stream * PCI_IDE_SEL_BLOCK_SIZE(ASSOCIATIONS);
}

static void put_extended(struct emu_function *fn)
{
	const struct emu_model *model = fn->model;

	/* The first one is at 0x100 whatever it is: a mailbox or, in a port, an empty one. */
	if (model->doe)
		emu_config_put(fn, EMU_DOE, 4, PCI_EXT_CAP_ID_DOE | 2 << 16 | IDE << 20);
	else if (model->ide)
		emu_config_put(fn, EMU_DOE, 4, PCI_EXT_CAP_ID_VNDR | 1 << 16 | IDE << 20);
	if (!model->ide)
		return;
	emu_config_put(fn, IDE, 4, PCI_EXT_CAP_ID_IDE | 1 << 16);
	emu_config_put(fn, IDE + PCI_IDE_CAP, 4,
		       PCI_IDE_CAP_SELECTIVE | PCI_IDE_CAP_IDE_KM | PCI_IDE_CAP_SEL_CFG |
			       PCI_IDE_CAP_TEE_LIMITED |
			       FIELD_PREP(PCI_IDE_CAP_SEL_NUM, STREAMS - 1));
	for (int i = 0; i < STREAMS; i++) {
		emu_config_put(fn, stream_at(i) + PCI_IDE_SEL_CAP, 4, ASSOCIATIONS);
		allow(fn, stream_at(i) + PCI_IDE_SEL_CTL, 4, ~0);
		for (int at = PCI_IDE_SEL_RID_1; at < PCI_IDE_SEL_BLOCK_SIZE(ASSOCIATIONS); at += 4)
			allow(fn, stream_at(i) + at, 4, ~0);
	}
}

/* As after a conventional reset. */
void emu_config_reset(struct emu_function *fn)
{
	memset(fn->config, 0, sizeof(fn->config));
	memset(fn->writable, 0, sizeof(fn->writable));
	memset(&fn->doe, 0, sizeof(fn->doe));
	fn->tdi = EMU_UNLOCKED;
	put_header(fn);
	if (fn->model->port)
		put_bridge(fn);
	else
		put_bars(fn);
	put_capabilities(fn);
	put_extended(fn);
}

static bool is_doe(struct emu_function *fn, int where, int size)
{
	return fn->model->doe && size == 4 && where >= EMU_DOE + PCI_DOE_CTRL &&
	       where < EMU_DOE + PCI_DOE_CAP_SIZEOF;
}

int emu_config_read(struct emu_function *fn, int where, int size, u32 *value)
{
	lockdep_assert_held(&emu_lock);
	if (is_doe(fn, where, size)) {
		*value = emu_doe_read(fn, where - EMU_DOE);
		return PCIBIOS_SUCCESSFUL;
	}
	*value = 0;
	for (int i = 0; i < size; i++)
		*value |= (u32)fn->config[where + i] << 8 * i;
	return PCIBIOS_SUCCESSFUL;
}

/* The keys are there as soon as they are wanted: an enabled stream is secure. */
static void follow_streams(struct emu_function *fn)
{
	for (int i = 0; i < STREAMS; i++) {
		u32 control = emu_config_get(fn, stream_at(i) + PCI_IDE_SEL_CTL);

		emu_config_put(fn, stream_at(i) + PCI_IDE_SEL_STS, 4,
			       control & PCI_IDE_SEL_CTL_EN ? PCI_IDE_SEL_STS_STATE_SECURE :
							      PCI_IDE_SEL_STS_STATE_INSECURE);
	}
}

/*
 * A locked interface whose BARs move, or whose memory decoding ends, is in error (PCIe r7.0,
 * section 11.2.6).
 */
static bool is_violation(struct emu_function *fn, const u8 *before)
{
	if (fn->tdi != EMU_LOCKED && fn->tdi != EMU_RUN)
		return false;
	if (memcmp(before + PCI_BASE_ADDRESS_0, fn->config + PCI_BASE_ADDRESS_0, 4 * EMU_BARS))
		return true;
	return (before[PCI_COMMAND] & ~fn->config[PCI_COMMAND]) & PCI_COMMAND_MEMORY;
}

int emu_config_write(struct emu_function *fn, int where, int size, u32 value)
{
	u8 before[PCI_STD_HEADER_SIZEOF];

	lockdep_assert_held(&emu_lock);
	if (is_doe(fn, where, size)) {
		emu_doe_write(fn, where - EMU_DOE, value);
		return PCIBIOS_SUCCESSFUL;
	}
	memcpy(before, fn->config, sizeof(before));
	for (int i = 0; i < size; i++) {
		u8 mask = fn->writable[where + i];
		u8 *byte = &fn->config[where + i];

		*byte = (*byte & ~mask) | ((value >> 8 * i) & mask);
	}
	if (fn->model->ide)
		follow_streams(fn);
	if (is_violation(fn, before))
		fn->tdi = EMU_ERROR;
	return PCIBIOS_SUCCESSFUL;
}
