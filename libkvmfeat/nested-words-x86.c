// SPDX-License-Identifier: LGPL-2.1-or-later
/* Registers and vectors of x86 that both formats have, in the words of the kernel's headers. */
#include "nested-words.h"

const struct kf_nested_word kf_words_cr0[] = {
	KF_BIT(0, "PE"),  KF_BIT(1, "MP"),  KF_BIT(2, "EM"),  KF_BIT(3, "TS"),
	KF_BIT(4, "ET"),  KF_BIT(5, "NE"),  KF_BIT(16, "WP"), KF_BIT(18, "AM"),
	KF_BIT(29, "NW"), KF_BIT(30, "CD"), KF_BIT(31, "PG"), KF_WORDS_END,
};

const struct kf_nested_word kf_words_cr4[] = {
	KF_BIT(0, "VME"),	  KF_BIT(1, "PVI"),
	KF_BIT(2, "TSD"),	  KF_BIT(3, "DE"),
	KF_BIT(4, "PSE"),	  KF_BIT(5, "PAE"),
	KF_BIT(6, "MCE"),	  KF_BIT(7, "PGE"),
	KF_BIT(8, "PCE"),	  KF_BIT(9, "OSFXSR"),
	KF_BIT(10, "OSXMMEXCPT"), KF_BIT(11, "UMIP"),
	KF_BIT(12, "LA57"),	  KF_BIT(13, "VMXE"),
	KF_BIT(14, "SMXE"),	  KF_BIT(16, "FSGSBASE"),
	KF_BIT(17, "PCIDE"),	  KF_BIT(18, "OSXSAVE"),
	KF_BIT(20, "SMEP"),	  KF_BIT(21, "SMAP"),
	KF_BIT(22, "PKE"),	  KF_BIT(23, "CET"),
	KF_BIT(27, "LASS"),	  KF_BIT(28, "LAM_SUP"),
	KF_BIT(32, "FRED"),	  KF_WORDS_END,
};

const struct kf_nested_word kf_words_rflags[] = {
	KF_BIT(0, "CF"),
	KF_BIT(1, "FIXED"),
	KF_BIT(2, "PF"),
	KF_BIT(4, "AF"),
	KF_BIT(6, "ZF"),
	KF_BIT(7, "SF"),
	KF_BIT(8, "TF"),
	KF_BIT(9, "IF"),
	KF_BIT(10, "DF"),
	KF_BIT(11, "OF"),
	KF_NUMBER(0x3000, 0, "IOPL="),
	KF_BIT(14, "NT"),
	KF_BIT(16, "RF"),
	KF_BIT(17, "VM"),
	KF_BIT(18, "AC"),
	KF_BIT(19, "VIF"),
	KF_BIT(20, "VIP"),
	KF_BIT(21, "ID"),
	KF_WORDS_END,
};

const struct kf_nested_word kf_words_efer[] = {
	KF_BIT(0, "SCE"),	KF_BIT(8, "LME"),    KF_BIT(10, "LMA"),	  KF_BIT(11, "NX"),
	KF_BIT(12, "SVME"),	KF_BIT(13, "LMSLE"), KF_BIT(14, "FFXSR"), KF_BIT(15, "TCE"),
	KF_BIT(21, "AUTOIBRS"), KF_WORDS_END,
};

/* BUS_LOCK and RTM are 0 when it happened; other high bits are 1 */
const struct kf_nested_word kf_words_dr6[] = {
	KF_BIT(0, "B0"),	KF_BIT(1, "B1"),  KF_BIT(2, "B2"),  KF_BIT(3, "B3"),
	KF_BIT(11, "BUS_LOCK"), KF_BIT(13, "BD"), KF_BIT(14, "BS"), KF_BIT(15, "BT"),
	KF_BIT(16, "RTM"),	KF_WORDS_END,
};

const struct kf_nested_word kf_words_dr7[] = {
	KF_BIT(0, "L0"),
	KF_BIT(1, "G0"),
	KF_BIT(2, "L1"),
	KF_BIT(3, "G1"),
	KF_BIT(4, "L2"),
	KF_BIT(5, "G2"),
	KF_BIT(6, "L3"),
	KF_BIT(7, "G3"),
	KF_BIT(8, "LE"),
	KF_BIT(9, "GE"),
	KF_BIT(10, "FIXED_1"),
	KF_BIT(11, "RTM"),
	KF_BIT(13, "GD"),
	KF_NUMBER(0x30000, 0, "RW0="),
	KF_NUMBER(0xc0000, 0, "LEN0="),
	KF_NUMBER(0x300000, 0, "RW1="),
	KF_NUMBER(0xc00000, 0, "LEN1="),
	KF_NUMBER(0x3000000, 0, "RW2="),
	KF_NUMBER(0xc000000, 0, "LEN2="),
	KF_NUMBER(0x30000000, 0, "RW3="),
	KF_NUMBER(0xc0000000, 0, "LEN3="),
	KF_WORDS_END,
};

const struct kf_nested_word kf_words_debugctl[] = {
	KF_BIT(0, "LBR"),
	KF_BIT(1, "BTF"),
	KF_BIT(2, "BUS_LOCK_DETECT"),
	KF_BIT(6, "TR"),
	KF_BIT(7, "BTS"),
	KF_BIT(8, "BTINT"),
	KF_BIT(9, "BTS_OFF_OS"),
	KF_BIT(10, "BTS_OFF_USR"),
	KF_BIT(11, "FREEZE_LBRS_ON_PMI"),
	KF_BIT(12, "FREEZE_PERFMON_ON_PMI"),
	KF_BIT(14, "FREEZE_IN_SMM"),
	KF_BIT(15, "RTM_DEBUG"),
	KF_WORDS_END,
};

const struct kf_nested_word kf_words_s_cet[] = {
	KF_BIT(0, "SHSTK_EN"),	KF_BIT(1, "WRSS_EN"),	  KF_BIT(2, "ENDBR_EN"),
	KF_BIT(3, "LEG_IW_EN"), KF_BIT(4, "NO_TRACK_EN"), KF_BIT(5, "SUPPRESS_DISABLE"),
	KF_BIT(10, "SUPPRESS"), KF_BIT(11, "WAIT_ENDBR"), KF_WORDS_END,
};

const struct kf_nested_word kf_words_exceptions[] = {
	KF_BIT(0, "DE"),  KF_BIT(1, "DB"),  KF_BIT(2, "NMI"), KF_BIT(3, "BP"),	KF_BIT(4, "OF"),
	KF_BIT(5, "BR"),  KF_BIT(6, "UD"),  KF_BIT(7, "NM"),  KF_BIT(8, "DF"),	KF_BIT(10, "TS"),
	KF_BIT(11, "NP"), KF_BIT(12, "SS"), KF_BIT(13, "GP"), KF_BIT(14, "PF"), KF_BIT(16, "MF"),
	KF_BIT(17, "AC"), KF_BIT(18, "MC"), KF_BIT(19, "XM"), KF_BIT(20, "VE"), KF_BIT(21, "CP"),
	KF_BIT(28, "HV"), KF_BIT(29, "VC"), KF_BIT(30, "SX"), KF_WORDS_END,
};
