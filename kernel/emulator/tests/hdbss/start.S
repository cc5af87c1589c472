/* SPDX-License-Identifier: GPL-2.0-only */
/* Where CPUs begin, how EL2 runs a piece of guest code, and what EL3 does for EL2. */
#include "asm.h"

	.text

.macro adr_l register, symbol
	adrp	\register, \symbol
	add	\register, \register, :lo12:\symbol
.endm

/* Every CPU, at the highest exception level there is: EL3, if any, makes EL2 Non-secure. */
	.global start
start:
	mrs	x19, mpidr_el1
	and	x19, x19, #0xff
	add	x20, x19, #1
	mov	x0, #STACK_BYTES
	mul	x20, x20, x0
	mrs	x0, CurrentEL
	cmp	x0, #(3 << 2)
	b.ne	start_el2
	adr	x0, el3_vectors
	msr	vbar_el3, x0
	adr_l	x0, el3_stacks
	add	sp, x0, x20
	ldr	x0, =SCR_FIRMWARE
	msr	scr_el3, x0
	adr_l	x0, have_el3
	mov	w1, #1
	str	w1, [x0]
	mov	x0, #SPSR_EL2H
	msr	spsr_el3, x0
	adr	x0, start_el2
	msr	elr_el3, x0
	eret

start_el2:
	adr_l	x0, stacks
	add	sp, x0, x20
	adr	x0, el2_vectors
	msr	vbar_el2, x0
	cbnz	x19, second_main
	b	main

/* u64 call_firmware(u64 function, u64 x1, u64 x2, u64 x3): PSCI, or the service below */
	.global call_firmware
call_firmware:
	smc	#0
	ret

/* void power_off(void): semihosting, which is there at any exception level */
	.global power_off
power_off:
	mov	w0, #0x18
	adr	x1, 1f
	hlt	#0xf000
	b	.
	.balign	8
1:	.quad	0x20026, 0

/*
 * void guest_run(struct exit *exit, guest_code *code, u64 x0, u64 x1): @code begins at EL1
 * with two arguments; what it does to come back is written to @exit.
 */
	.global guest_run
guest_run:
	stp	x29, x30, [sp, #-FRAME_BYTES]!
	stp	x19, x20, [sp, #16]
	stp	x21, x22, [sp, #32]
	stp	x23, x24, [sp, #48]
	stp	x25, x26, [sp, #64]
	stp	x27, x28, [sp, #80]
	str	x0, [sp, #FRAME_EXIT]
	msr	elr_el2, x1
	mov	x9, #SPSR_EL1H
	msr	spsr_el2, x9
	ldr	x9, [x0, #EXIT_SCTLR]
	mov	x0, x2
	mov	x1, x3
	msr	sctlr_el2, x9
	eret

/* The way back. A big-endian EL2 must not touch the stack. */
guest_exit:
	msr	tpidr_el2, x0
	mrs	x0, sctlr_el2
	bic	x0, x0, #SCTLR_EE
	msr	sctlr_el2, x0
	isb
	ldr	x9, [sp, #FRAME_EXIT]
	mrs	x0, tpidr_el2
	str	x0, [x9, #EXIT_X0]
	mrs	x0, esr_el2
	str	x0, [x9, #EXIT_ESR]
	mrs	x0, far_el2
	str	x0, [x9, #EXIT_FAR]
	mrs	x0, hpfar_el2
	str	x0, [x9, #EXIT_HPFAR]
	ldp	x19, x20, [sp, #16]
	ldp	x21, x22, [sp, #32]
	ldp	x23, x24, [sp, #48]
	ldp	x25, x26, [sp, #64]
	ldp	x27, x28, [sp, #80]
	ldp	x29, x30, [sp], #FRAME_BYTES
	ret

/* An instruction of EL2 that trapped: note its syndrome and go on behind it. */
.macro note_trap el, record
	stp	x0, x1, [sp, #-16]!
	adr_l	x0, \record
	mrs	x1, esr_\el
	str	x1, [x0, #TRAP_ESR]
	ldr	x1, [x0, #TRAP_COUNT]
	add	x1, x1, #1
	str	x1, [x0, #TRAP_COUNT]
	mrs	x1, elr_\el
	add	x1, x1, #4
	msr	elr_\el, x1
	ldp	x0, x1, [sp], #16
	eret
.endm

el2_trap:
	note_trap el2, trap_el2

/* FIRMWARE_SCR: SCR_EL3 loses the bits @x1 and gains @x2; the old value is returned. */
el3_entry:
	stp	x0, x1, [sp, #-16]!
	mrs	x0, esr_el3
	lsr	x0, x0, #26
	cmp	x0, #EC_SMC
	ldp	x0, x1, [sp], #16
	b.ne	el3_trap
	mrs	x0, scr_el3
	bic	x1, x0, x1
	orr	x1, x1, x2
	msr	scr_el3, x1
	eret
el3_trap:
	note_trap el3, trap_el3

unexpected:
	b	unexpected_exception

.macro vector target
	.balign	0x80
	b	\target
.endm

	.balign	0x800
el2_vectors:
	.rept	4
	vector	unexpected
	.endr
	vector	el2_trap
	.rept	3
	vector	unexpected
	.endr
	vector	guest_exit
	.rept	7
	vector	unexpected
	.endr

	.balign	0x800
el3_vectors:
	.rept	8
	vector	unexpected
	.endr
	vector	el3_entry
	.rept	7
	vector	unexpected
	.endr
