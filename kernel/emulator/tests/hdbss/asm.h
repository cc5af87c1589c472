/* SPDX-License-Identifier: GPL-2.0-only */
/* Values that assembly and C share. */
#ifndef ASM_H
#define ASM_H

#define STACK_BYTES 16384

/* struct exit and struct trap */
#define EXIT_ESR 0
#define EXIT_FAR 8
#define EXIT_HPFAR 16
#define EXIT_X0 24
#define EXIT_SCTLR 32
#define TRAP_ESR 0
#define TRAP_COUNT 8

/* guest_run()'s */
#define FRAME_BYTES 112
#define FRAME_EXIT 96

/* Everything masked, own stack pointer */
#define SPSR_EL1H 0x3c5
#define SPSR_EL2H 0x3c9

/* NS, RES1, HCE, RW, HDBSSEn */
#define SCR_FIRMWARE 0x1000000000000531

#define SCTLR_EE (1 << 25)

#define EC_SMC 0x17

#define PSCI_CPU_ON 0xc4000003
#define FIRMWARE_SCR 0x83000000

#endif
