/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Module parameters of the fake kernel: files in the tree whose writes do what the setters of
 * Linux do (kernel/params.c, arch/x86/kvm/mmu/mmu.c, arch/x86/kvm/vmx/vmx.c).
 */
#ifndef FAKE_PARAM_H
#define FAKE_PARAM_H

#include "fake.h"

struct fake_params {
	bool vm_exists; /* "never" gets EBUSY */
	bool has_itlb_multihit; /* what "auto" becomes */
	bool knows_no_never; /* a kernel before "never" */
	bool has_l1tf;
	bool hard_off; /* "never" was written */

	int read_open_error; /* of opening a parameter for reading, writing */
	int write_open_error;
	int write_error; /* what write(2) answers, changing nothing */
	bool interrupted; /* write(2) does its work and answers -EINTR nevertheless */
	bool ignores_writes;

	unsigned int writes;
	char last[64]; /* bytes of the last write */
};

#define FAKE_PARAMETERS "/sys/module/kvm/parameters/"

/* kvm, kvm_amd and kvm_intel are loaded, as modules, with some parameters each. */
void fake_params(struct fake *fake, struct fake_params *params);
/* One more parameter; @text with its newline. */
void fake_param(struct fake *fake, const char *module, const char *name, const char *text,
		unsigned int mode);

#endif
