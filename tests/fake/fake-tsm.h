/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * TSMs and PCI devices of the fake kernel: files in the tree whose writes do what drivers/pci/tsm.c
 * does, in the order of its errors, with this project's patches and without.
 */
#ifndef FAKE_TSM_H
#define FAKE_TSM_H

#include "fake.h"

#define FAKE_TSMS 4
#define FAKE_TSM_DEVICES 4
#define FAKE_TSM_BDF "0000:01:00.0" /* the first device of fake_tsm_host() */
#define FAKE_TSM_DIR "/sys/devices/pci0000:00/"

enum fake_tsm_kernel {
	FAKE_TSM_OURS, /* Linux 7.3 with this project's patches */
	FAKE_TSM_LINUX, /* Linux 7.3: what a host needs, and no pci_mode */
	FAKE_TSM_POSTED, /* a guest can accept, and sees neither report nor generation */
	FAKE_TSM_TRUST, /* the same, with trust in place of accept */
};

struct fake_tsm_device {
	char bdf[KVMFEAT_TSM_BDF_SIZE];
	unsigned int instance; /* another one when it is unplugged and comes again */
	bool is_function_0;
	bool has_ide;
	bool has_tee;
	const char *driver; /* NULL: none */
	enum kvmfeat_tsm_state state;
	int tsm; /* while it is not idle */
	unsigned int stream; /* while it is connected, of function 0 */
	const void *answers; /* the report that the device gives from now on */
	size_t answers_bytes;
	const void *report; /* the one that the kernel shows */
	size_t report_bytes;
	uint64_t generation;
};

struct fake_tsm_host {
	enum fake_tsm_kernel kernel;
	enum kvmfeat_tsm_mode tsms[FAKE_TSMS]; /* unknown: there is no TSM of that number */
	struct fake_tsm_device devices[FAKE_TSM_DEVICES];
	size_t device_count;
	unsigned int streams; /* of the host bridge; 0: it has none */
	uint64_t last_generation;
	unsigned int last_instance;

	/* What else a write answers, and where in it. */
	int write_error; /* at once */
	int early_error; /* before the kernel looks at the state: a signal */
	int driver_error; /* by the TSM's driver, after the kernel's checks */
	bool interrupted; /* -EINTR, although all is done */
	bool ignores_writes;
	int report_error; /* of reading the report */
	int open_error; /* of opening @open_path */
	const char *open_path; /* "tsm/lock" */
	bool open_to_write; /* only for that */

	/* Called before an attribute is opened or written, to change the world meanwhile. */
	void (*moment)(struct fake *fake, const char *attribute, bool is_write);

	unsigned int writes;
	char last[64]; /* bytes of the last write */
	char last_path[32]; /* "tsm/lock" */
};

/*
 * A guest with the TSM tsm0 and one device, 0000:01:00.0, that answers a report which may be
 * believed. @host becomes the hooks' data; change it, then call fake_tsm_show().
 */
void fake_tsm(struct fake *fake, struct fake_tsm_host *host, enum fake_tsm_kernel kernel);
/* The same of a host: tsm0 is a link TSM, and the host bridge has four streams. */
void fake_tsm_link(struct fake *fake, struct fake_tsm_host *host, enum fake_tsm_kernel kernel);
/* One more device, of function 0 when its name says so; it can be changed. */
struct fake_tsm_device *fake_tsm_add(struct fake *fake, const char *bdf);
/* Writes the whole tree anew. */
void fake_tsm_show(struct fake *fake);
/* The TSM goes: its devices are idle, attributes without a TSM vanish. */
void fake_tsm_unregister(struct fake *fake, int tsm);
/* A device is unplugged; with @again one of the same name comes, which is idle. */
void fake_tsm_unplug(struct fake *fake, struct fake_tsm_device *device, bool again);

/* The report that fake_tsm() gives to its devices, and another one. Both may be believed. */
extern const uint8_t fake_tsm_report[52];
extern const uint8_t fake_tsm_other_report[36];

#endif
