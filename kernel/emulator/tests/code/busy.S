/* SPDX-License-Identifier: GPL-2.0-only */
/* What is overwritten, and a CPU that keeps the host busy. */
	.text

	.global busy
busy:
	b	busy

/* A function, alone in its page */
	.balign	4096
	.global victim
victim:
	nop
	mov	w0, #0
	ret
	.balign	4096
