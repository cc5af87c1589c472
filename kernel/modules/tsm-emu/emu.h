/* SPDX-License-Identifier: GPL-2.0-only */
/* Shared by the files of tsm-emu; README.md says what the module is and how it is used. */
#ifndef TSM_EMU_H
#define TSM_EMU_H

#include <linux/pci.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#define EMU_PORTS 3
#define EMU_FUNCTIONS 3 /* of one endpoint, at most */
#define EMU_BARS 6
#define EMU_REPORT_MAX SZ_64K

/* Steps of a TSM at which a test can order a failure or a delay. */
enum emu_step {
	EMU_PROBE,
	EMU_CONNECT,
	EMU_DISCONNECT,
	EMU_BIND,
	EMU_UNBIND,
	EMU_GUEST_REQ,
	EMU_LOCK,
	EMU_REPORT,
	EMU_ACCEPT,
	EMU_UNLOCK,
	EMU_EVIDENCE,
	EMU_STEPS,
};

/* @errno_code 0 and @delay_ms 0: no order. @count 0: until another order. */
struct emu_order {
	int errno_code;
	unsigned int delay_ms;
	unsigned int count;
};

/* PCIe r7.0, section 11.2.4 */
enum emu_tdi {
	EMU_UNLOCKED,
	EMU_LOCKED,
	EMU_RUN,
	EMU_ERROR,
};

struct emu_bar {
	u32 size;
	u32 flags; /* PCI_BASE_ADDRESS_*; a 64-bit one takes the next BAR, too */
};

/* Of a BAR, as the default report tells it. */
struct emu_range {
	u8 bar;
	u32 offset;
	u32 size;
	u16 attributes;
};

struct emu_msix {
	u16 vectors; /* 0: no MSI-X capability */
	u8 bar;
	u32 table;
	u32 pba;
};

/* What a function is: a row of a table, all of it constant. */
struct emu_model {
	u16 device;
	bool port;
	bool tee;
	bool ide;
	bool doe;
	struct emu_bar bar[EMU_BARS];
	struct emu_msix msix;
	const struct emu_range *range;
	unsigned int ranges;
};

/* A Data Object Exchange mailbox, PCIe r7.0, section 6.30: what came in, and the answer. */
struct emu_doe {
	u32 in[4];
	unsigned int in_count;
	u32 out[3];
	unsigned int out_count;
	unsigned int out_next;
	bool error;
};

struct emu_function {
	const struct emu_model *model;
	struct emu_port *port;
	unsigned int number;

	/* Below emu_lock */
	u8 config[PCI_CFG_SPACE_EXP_SIZE];
	u8 writable[PCI_CFG_SPACE_EXP_SIZE];
	struct emu_doe doe;
	struct emu_order order[EMU_STEPS];
	enum emu_tdi tdi;
	u8 *report; /* what a test wrote; NULL: the default */
	size_t report_size;
	/* Written within the steps of the link TSM */
	unsigned int vm; /* that it is bound to, or 0 */
};

/* A root port and the endpoint below it. */
struct emu_port {
	struct emu_function self;
	struct emu_function function[EMU_FUNCTIONS];
	bool present; /* the endpoint; below emu_lock */
};

/*
 * Guards what functions remember. Raw, as the lock of the PCI core below which configuration
 * space is read and written.
 */
extern raw_spinlock_t emu_lock;
extern struct emu_port emu_ports[EMU_PORTS];
extern ulong emu_reporting_offset;

/* host.c */
int emu_host_start(void);
void emu_host_stop(void);
struct emu_function *emu_function_of(struct pci_dev *pdev);
struct pci_dev *emu_pdev_get(struct emu_function *fn);
void emu_name(struct emu_function *fn, char *name, size_t size);
void emu_remove_endpoint(struct emu_port *port);
void emu_restore_endpoint(struct emu_port *port);

/* config.c */
void emu_config_reset(struct emu_function *fn);
int emu_config_read(struct emu_function *fn, int where, int size, u32 *value);
int emu_config_write(struct emu_function *fn, int where, int size, u32 value);
u32 emu_config_get(struct emu_function *fn, int where);
void emu_config_put(struct emu_function *fn, int where, int size, u32 value);

/* doe.c */
#define EMU_DOE 0x100 /* where the capability is */
u32 emu_doe_read(struct emu_function *fn, int offset);
void emu_doe_write(struct emu_function *fn, int offset, u32 value);

/* orders.c */
int emu_obey(struct emu_function *fn, enum emu_step step);
int emu_order_parse(struct emu_function *fn, const char *text);
size_t emu_order_print(struct emu_function *fn, char *text, size_t size);
void emu_order_clear(struct emu_function *fn);

/* report.c */
int emu_report_get(struct emu_function *fn, void **ret_report, size_t *ret_size);
int emu_report_set(struct emu_function *fn, const void *data, size_t size, size_t at);
int emu_report_cut(struct emu_function *fn, unsigned int size);
void emu_report_clear(struct emu_function *fn);

/* files.c */
void emu_files_add(struct dentry *root);

/* link.c */
extern struct pci_tsm_ops emu_link_ops;
int emu_link_bind(struct emu_function *fn, unsigned int vm);
int emu_link_guest_req(struct emu_function *fn, unsigned int scope);

/* devsec.c */
extern struct pci_tsm_ops emu_devsec_ops;

/* ep.c */
extern struct pci_driver emu_ep_driver;

/* evidence.c */
extern unsigned int emu_evidence_chunk;
int emu_evidence_start(void);
void emu_evidence_stop(void);

#endif
