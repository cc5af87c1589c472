/* SPDX-License-Identifier: GPL-2.0-only */
#include "asm.h"

#define SPSR_EL0 0x3c0 /* everything masked */

	.text
/* void exception_return(void): to where it was called from */
	.global exception_return
exception_return:
	mov	x0, #SPSR_EL2H
	msr	spsr_el2, x0
	msr	elr_el2, x30
	eret

/* What a guest does at EL0; it comes back from there by an exception to EL1, if not before. */
.macro el0 name, instruction
	.global	\name
	.balign	16
\name:
	mov	x0, #SPSR_EL0
	msr	spsr_el1, x0
	adr	x0, 1f
	msr	elr_el1, x0
	eret
1:	\instruction
	svc	#0
.endm

el0 el0_read_cycles, "mrs x0, pmccntr_el0"
el0 el0_read_event, "mrs x0, pmevcntr0_el0"
el0 el0_select, "msr pmselr_el0, xzr"
el0 el0_increment, "msr pmswinc_el0, xzr"
