/* SPDX-License-Identifier: GPL-2.0-only */
/* What the guest does: each piece begins with arguments in x0 and x1 and ends in EL2. */
#include "asm.h"

	.arch	armv8.2-a+lse
	.text

.macro guest name
	.global	\name
	.balign	16
\name:
.endm

guest guest_store
	str	x1, [x0]
	hvc	#0

guest guest_load
	ldr	x0, [x0]
	hvc	#0

guest guest_swap
	swp	x1, x0, [x0]
	hvc	#0

guest guest_store_exclusive
	ldxr	x2, [x0]
	stxr	w3, x1, [x0]
	mov	x0, x3
	hvc	#0

guest guest_nothing
	hvc	#0

guest guest_read_hdbssbr
	mrs	x0, s3_4_c2_c3_2
	hvc	#0

guest guest_at_s1e1r
	at	s1e1r, x0
	isb
	mrs	x0, par_el1
	hvc	#0

/* An exception that the guest takes to EL1 comes to EL2 with another number. */
	.balign	0x800
	.global guest_vectors
guest_vectors:
	.rept	16
	.balign	0x80
	hvc	#1
	.endr
