// SPDX-License-Identifier: GPL-2.0-only
/*
 * kvmfeat_nested_check() against KVM_SET_NESTED_STATE: thousands of blobs, made from L2s that
 * ran, on vCPUs of all kinds.  The library, given every fact, must refuse what KVM refuses
 * and nothing else; where KVM takes a blob, KVM_GET_NESTED_STATE must return it with the
 * changes that the library foretold, and no other.  Arguments: seeds, to see a run again.
 *
 * Red when the library takes ASID 0, counts the I/O bitmap as two pages, or says that KVM keeps
 * bit 1 of int_state; or when it does not know of a field that KVM clears, L1's CPL for one.
 * Red as well when nested_vmcb_check_controls() takes ASID 0, or nested_vmcb_check_save() an
 * EFER without SVME.
 */
#include <sys/random.h>

#include <kvmfeat/kvmfeat.h>

#include "mutate.h"

#define BLOBS 10000
#define BLOBS_PER_VCPU_STATE 8
#define MISMATCHES_SHOWN 20

enum { IN_L2 = 1 };

static const u32 every_fact = KVMFEAT_NESTED_KNOW_MAXPHYADDR | KVMFEAT_NESTED_KNOW_CPUID |
			      KVMFEAT_NESTED_KNOW_EFER | KVMFEAT_NESTED_KNOW_CR0 |
			      KVMFEAT_NESTED_KNOW_CR3 | KVMFEAT_NESTED_KNOW_SMM |
			      KVMFEAT_NESTED_KNOW_OWN_PAT | KVMFEAT_NESTED_KNOW_MAX_BYTES;

/* A vCPU that has never run, so that its CPUID can be set again and again. */
struct subject {
	struct kvm_vcpu *vcpu;
	struct kvm_cpuid2 *whole_cpuid;
	struct kvm_x86_state *good;
	struct kvmfeat_nested_target target;
};

static struct subject subjects[2];
static struct kvmfeat_ctx *ctx;

/* How often each rule alone made both refuse, or foretold a change that came. */
static unsigned int decided[KVMFEAT_NESTED_RULES_MAX];
static const struct kvmfeat_nested_rule *rules[KVMFEAT_NESTED_RULES_MAX];
static size_t rule_count;
static unsigned int taken, refused, mismatches;

/* What KVM_SET_NESTED_STATE takes from L1's save area; the rest of it is in the vCPU. */
static const struct {
	unsigned int at, bytes;
} save_taken[] = {
#define TAKEN(first, last)                                                                         \
	{                                                                                          \
		offsetof(struct vmcb_save_area, first),                                            \
			offsetof(struct vmcb_save_area, last) +                                    \
				sizeof(((struct vmcb_save_area *)0)->last) -                       \
				offsetof(struct vmcb_save_area, first)                             \
	}
	TAKEN(es, ds),	 TAKEN(gdtr, gdtr),  TAKEN(idtr, idtr), TAKEN(cpl, cpl), TAKEN(efer, efer),
	TAKEN(cr4, cr0), TAKEN(rflags, rip), TAKEN(rsp, rsp),	TAKEN(rax, rax),
#undef TAKEN
};

static void get_nested(struct kvm_vcpu *vcpu, union blob *blob)
{
	memset(blob, 0, sizeof(*blob));
	blob->nested.size = sizeof(*blob);
	vcpu_nested_state_get(vcpu, &blob->nested);
}

static void leave_nested(struct kvm_vcpu *vcpu)
{
	struct kvm_nested_state out = {
		.flags = KVM_STATE_NESTED_GIF_SET,
		.format = KVM_STATE_NESTED_FORMAT_SVM,
		.size = sizeof(out),
	};

	vcpu_nested_state_set(vcpu, &out);
}

static void set_smm(struct kvm_vcpu *vcpu, bool smm)
{
	struct kvm_vcpu_events events;

	vcpu_events_get(vcpu, &events);
	events.flags |= KVM_VCPUEVENT_VALID_SMM;
	events.smi.smm = smm;
	vcpu_events_set(vcpu, &events);
}

/* A CPUID without some features, with other physical addresses, or as it is. */
static unsigned int set_some_cpuid(struct subject *s, struct dice *dice)
{
	static const u32 leaves[] = { 1, 7, 0x80000001, 0x80000008, 0x8000000a, 0x80000021 };
	struct kvm_cpuid2 *cpuid = s->vcpu->cpuid;
	unsigned int maxphyaddr = 36; /* KVM's, for a CPUID that has none */
	u32 leaf = leaves[dice_below(dice, ARRAY_SIZE(leaves))];

	memcpy(cpuid, s->whole_cpuid, kvm_cpuid2_size(s->whole_cpuid->nent));
	for (unsigned int i = 0; i < cpuid->nent; i++) {
		struct kvm_cpuid_entry2 *entry = &cpuid->entries[i];

		if (entry->function == 0x80000008 && one_in(dice, 2))
			entry->eax = (entry->eax & ~0xff) | (32 + dice_below(dice, 21));
		if (entry->function == 0x80000008)
			maxphyaddr = entry->eax & 0xff;
		if (entry->function != leaf || one_in(dice, 4))
			continue;
		/* Its long mode must stay, as the vCPU may be in it. */
		entry->ecx &= dice_any(dice) | dice_any(dice);
		entry->edx &= dice_any(dice) | dice_any(dice) | (leaf == 0x80000001 ? BIT(29) : 0);
		if (leaf == 7 || leaf == 0x80000008)
			entry->ebx &= dice_any(dice) | dice_any(dice);
		if (leaf == 0x80000021)
			entry->eax &= dice_any(dice) | dice_any(dice);
	}
	vcpu_set_cpuid(s->vcpu);
	return maxphyaddr;
}

/* L2's registers, or those of an L2 that does not page; there CR3 may be anything. */
static void set_some_sregs(struct subject *s, struct dice *dice)
{
	struct kvm_sregs sregs = s->good->sregs;

	sregs.cr4 = X86_CR4_PAE;
	sregs.efer &= ~EFER_NX;
	if (one_in(dice, 4)) {
		sregs.cr0 = X86_CR0_PE | X86_CR0_ET;
		sregs.efer = EFER_SVME;
		sregs.cs.l = 0;
		sregs.cr3 = some_address(dice, sregs.cr3, s->target.maxphyaddr);
	}
	if (one_in(dice, 8) || !vcpu_cpuid_has(s->vcpu, X86_FEATURE_SVM))
		sregs.efer &= ~EFER_SVME;
	vcpu_sregs_set(s->vcpu, &sregs);
}

static void set_some_state(struct subject *s, struct dice *dice)
{
	leave_nested(s->vcpu);
	set_smm(s->vcpu, false);
	s->target.maxphyaddr = set_some_cpuid(s, dice);
	set_some_sregs(s, dice);
	s->target.smm = one_in(dice, 8);
	set_smm(s->vcpu, s->target.smm);
}

/* What the vCPU is now; KVM has its own opinion of some of what was set. */
static void tell_facts(struct subject *s)
{
	struct kvm_sregs sregs;

	vcpu_sregs_get(s->vcpu, &sregs);
	s->target.efer = sregs.efer;
	s->target.cr0 = sregs.cr0;
	s->target.cr3 = sregs.cr3;
	s->target.cpuid = (const struct kvmfeat_cpuid_entry *)s->vcpu->cpuid->entries;
	s->target.cpuid_count = s->vcpu->cpuid->nent;
}

/* One blob, and what the library and KVM say of it. */
struct trial {
	union blob good, in, before, after;
	struct kvmfeat_nested_finding findings[KVMFEAT_NESTED_RULES_MAX];
	size_t count;
	int library; /* its return value */
	int errno_; /* KVM's, or 0 */
	const struct kvmfeat_nested_finding *refusal; /* the first one */
	unsigned int refusals;
};

static void ask_library(struct trial *t, const struct subject *s)
{
	t->count = t->refusals = 0;
	t->refusal = NULL;
	t->library = kvmfeat_nested_check(ctx, &t->in, sizeof(t->in), &s->target, t->findings,
					  &t->count);
	for (size_t i = t->count; i--;) {
		if (t->findings[i].verdict != KVMFEAT_NESTED_REFUSED)
			continue;
		t->refusal = &t->findings[i];
		t->refusals++;
	}
}

static void ask_kvm(struct trial *t, const struct subject *s)
{
	get_nested(s->vcpu, &t->before);
	t->errno_ = __vcpu_nested_state_set(s->vcpu, &t->in.nested) ? errno : 0;
	get_nested(s->vcpu, &t->after);
}

static void print_mutations(const struct trial *t)
{
	const struct kvmfeat_nested_pair pair = {
		.size = sizeof(pair),
		.a = &t->good,
		.a_bytes = sizeof(t->good),
		.b = &t->in,
		.b_bytes = sizeof(t->in),
		.flags = KVMFEAT_NESTED_DIFF_ALL,
	};
	struct kvmfeat_nested_difference differences[8];
	size_t count;

	if (kvmfeat_nested_diff(ctx, &pair, differences, ARRAY_SIZE(differences), &count))
		return;
	for (size_t i = 0; i < min(count, ARRAY_SIZE(differences)); i++)
		ksft_print_msg("  with %s %#llx\n", differences[i].field->name,
			       (unsigned long long)differences[i].b);
}

static bool mismatch(const struct trial *t, const char *format, ...)
{
	char text[256];
	va_list args;

	if (mismatches++ >= MISMATCHES_SHOWN)
		return false;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	ksft_print_msg("%s (flags %#x, size %u)\n", text, t->in.nested.flags, t->in.nested.size);
	print_mutations(t);
	return false;
}

/* A vCPU without SVM does not tell that it is KVM on AMD which asks. */
static bool cannot_know(const struct kvmfeat_nested_rule *rule, const struct subject *s)
{
	return !strcmp(rule->id, "svm.format") && !vcpu_cpuid_has(s->vcpu, X86_FEATURE_SVM);
}

static bool same_verdict(const struct trial *t, const struct subject *s)
{
	bool library_refuses = t->library == -EBADMSG || t->refusals;

	if (t->errno_ && t->errno_ != EINVAL)
		return mismatch(t, "KVM says errno %d", t->errno_);
	if (t->library && t->library != -EBADMSG)
		return mismatch(t, "the library fails: %s", kvmfeat_ctx_error(ctx)->reason);
	for (size_t i = 0; i < t->count; i++)
		if (t->findings[i].verdict == KVMFEAT_NESTED_NOT_CHECKED && !library_refuses &&
		    !cannot_know(t->findings[i].rule, s))
			return mismatch(t, "%s is not checked: no %s", t->findings[i].rule->id,
					t->findings[i].missing);
	if (t->errno_ && !library_refuses)
		return mismatch(t, "KVM refuses what the library takes");
	if (!t->errno_ && t->library)
		return mismatch(t, "KVM takes what the library calls \"%s\"",
				kvmfeat_ctx_error(ctx)->reason);
	if (!t->errno_ && library_refuses)
		return mismatch(t, "KVM takes what the library refuses by %s, %s %#llx",
				t->refusal->rule->id, t->refusal->rule->field,
				(unsigned long long)t->refusal->value);
	return true;
}

/* Only a CR3 of the vCPU that is out of its range is found when the vCPU has changed. */
static bool refused_unchanged(const struct trial *t)
{
	if (t->refusal && !strcmp(t->refusal->rule->field, "vcpu.cr3"))
		return true;
	if (memcmp(&t->before, &t->after, sizeof(t->before)))
		return mismatch(t, "KVM refuses, and the vCPU has changed");
	return true;
}

/* KVM makes a control area of what it knows, so the rest is zero. */
static void drop_unknown_control(union blob *want)
{
	const struct kvmfeat_nested_field *field;

	for (size_t i = 0; (field = kvmfeat_nested_field_at(KVMFEAT_NESTED_SVM, i)); i++)
		if (field->area == KVMFEAT_NESTED_L2_CONTROL &&
		    (field->kind == KVMFEAT_NESTED_RESERVED || field->kind == KVMFEAT_NESTED_BYTES))
			memset(&want->bytes[field->offset], 0, field->width);
}

/* The blob that KVM should return, if the library foretells all that it changes. */
static bool foretell(const struct trial *t, union blob *want)
{
	*want = t->in;
	drop_unknown_control(want);
	for (size_t i = 0; i < t->count; i++) {
		const struct kvmfeat_nested_finding *f = &t->findings[i];
		const struct kvmfeat_nested_field *field;

		if (f->verdict != KVMFEAT_NESTED_CHANGED)
			continue;
		field = kvmfeat_nested_find_field(KVMFEAT_NESTED_SVM, f->rule->field);
		if (!field || kvmfeat_nested_set_value(ctx, want, sizeof(*want), field, f->becomes))
			return mismatch(t, "%s cannot become %#llx", f->rule->id,
					(unsigned long long)f->becomes);
	}
	return true;
}

static bool same_bytes(const struct trial *t, const union blob *want, unsigned int at,
		       unsigned int bytes)
{
	for (; bytes; at++, bytes--)
		if (t->after.bytes[at] != want->bytes[at])
			return mismatch(t, "byte %#x was %#x, should become %#x, and is %#x", at,
					t->in.bytes[at], want->bytes[at], t->after.bytes[at]);
	return true;
}

static bool taken_as_foretold(const struct trial *t)
{
	const unsigned int control = sizeof(t->in.nested);
	const unsigned int save = control + offsetof(struct vmcb, save);
	union blob want;

	if (!foretell(t, &want))
		return false;
	if (t->after.nested.flags != want.nested.flags)
		return mismatch(t, "flags become %#x", t->after.nested.flags);
	if (!(t->in.nested.flags & KVM_STATE_NESTED_GUEST_MODE))
		return true;
	if (!same_bytes(t, &want, offsetof(struct kvm_nested_state, hdr),
			sizeof(t->in.nested.hdr.svm)) ||
	    !same_bytes(t, &want, control, sizeof(struct vmcb_control_area)))
		return false;
	for (unsigned int i = 0; i < ARRAY_SIZE(save_taken); i++)
		if (!same_bytes(t, &want, save + save_taken[i].at, save_taken[i].bytes))
			return false;
	return true;
}

/* Which rule made the difference? */
static void count_decision(const struct trial *t)
{
	if (t->library || t->in.nested.format != KVM_STATE_NESTED_FORMAT_SVM)
		return;
	rule_count = t->count;
	for (size_t i = 0; i < t->count; i++) {
		enum kvmfeat_nested_verdict verdict = t->findings[i].verdict;

		rules[i] = t->findings[i].rule;
		decided[i] += verdict == KVMFEAT_NESTED_REFUSED && t->refusals == 1;
		decided[i] += verdict == KVMFEAT_NESTED_CHANGED && !t->refusals;
	}
}

static bool agree(struct trial *t, struct subject *s)
{
	tell_facts(s);
	ask_library(t, s);
	ask_kvm(t, s);
	if (t->errno_)
		refused++;
	else
		taken++;
	if (!same_verdict(t, s) || !(t->errno_ ? refused_unchanged(t) : taken_as_foretold(t)))
		return false;
	count_decision(t);
	return true;
}

static void run(u64 seed)
{
	static struct trial trial;
	struct dice dice = { seed };
	struct subject *s = NULL;

	taken = refused = mismatches = 0;
	for (unsigned int i = 0; i < BLOBS; i++) {
		if (i % BLOBS_PER_VCPU_STATE == 0) {
			s = &subjects[dice_below(&dice, ARRAY_SIZE(subjects))];
			set_some_state(s, &dice);
		}
		if (one_in(&dice, 2))
			leave_nested(s->vcpu);
		memset(&trial.good, 0, sizeof(trial.good));
		memcpy(&trial.good, &subjects[dice_below(&dice, ARRAY_SIZE(subjects))].good->nested,
		       SVM_NESTED_STATE_SIZE);
		trial.in = trial.good;
		mutate(&trial.in, &dice, s->target.maxphyaddr);
		if (!agree(&trial, s) && mismatches <= MISMATCHES_SHOWN)
			ksft_print_msg("  in blob %u of seed %#llx\n", i, (unsigned long long)seed);
	}
	ksft_print_msg("KVM took %u and refused %u, %u mismatches\n", taken, refused, mismatches);
}

/* A run in which nearly all is refused, or nearly nothing, would say little. */
static void run_case(u64 seed, const char *what)
{
	run(seed);
	ksft_print_msg("seed %#llx\n", (unsigned long long)seed);
	ksft_test_result(!mismatches && taken > BLOBS / 10 && refused > BLOBS / 10,
			 "nested: KVM and the library agree on %u blobs by %s\n", BLOBS, what);
}

/* No caller can make a vCPU, or a KVM, to which these matter. */
static bool out_of_reach(const struct kvmfeat_nested_rule *rule)
{
	static const char *const fields[] = {
		"vcpu.cr0", /* KVM_SET_SREGS refuses it */
		"vcpu.max_bytes", /* one KVM has one size */
		"header.format", /* the target's; another one in the blob asks the other rules */
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(fields); i++)
		if (!strcmp(rule->field, fields[i]))
			return true;
	return false;
}

static void every_rule_decides(void)
{
	bool ok = rule_count > 0;

	for (size_t i = 0; i < rule_count; i++) {
		if (decided[i] || out_of_reach(rules[i]))
			continue;
		ksft_print_msg("%s decided nothing\n", rules[i]->id);
		ok = false;
	}
	ksft_test_result(ok, "nested: each rule of the library decides alone about some blob\n");
}

static void l2_code(void)
{
	GUEST_SYNC(IN_L2);
}

static void l1_code(struct svm_test_data *svm)
{
	generic_svm_setup(svm, l2_code);
	run_guest(svm->vmcb, svm->vmcb_gpa);
	GUEST_FAIL("L2 is only to be saved");
}

/* Run L2, take its state, and put a vCPU that has never run in its place. */
static void make_subject(struct subject *s, bool npt, bool own_pat)
{
	gva_t svm_gva;
	struct kvm_vm *vm = nested_vm(&s->vcpu, l1_code, npt, &svm_gva);

	nested_run_to(s->vcpu, IN_L2);
	s->good = vcpu_save_state(s->vcpu);
	kvm_vm_release(vm);
	s->vcpu = vm_recreate_with_one_vcpu(vm);
	if (own_pat)
		vm_enable_cap(vm, KVM_CAP_DISABLE_QUIRKS2, KVM_X86_QUIRK_NESTED_SVM_SHARED_PAT);
	s->whole_cpuid = allocate_kvm_cpuid2(s->vcpu->cpuid->nent);
	memcpy(s->whole_cpuid, s->vcpu->cpuid, kvm_cpuid2_size(s->vcpu->cpuid->nent));
	s->target = (struct kvmfeat_nested_target){
		.size = sizeof(s->target),
		.known = every_fact,
		.own_pat = own_pat,
		.max_bytes = kvm_check_cap(KVM_CAP_NESTED_STATE),
	};
}

static u64 fresh_seed(void)
{
	u64 seed;

	TEST_ASSERT(getrandom(&seed, sizeof(seed), 0) == sizeof(seed), "getrandom() failed");
	return seed;
}

int main(int argc, char **argv)
{
	nested_start(argc > 1 ? argc - 1 : 3);
	TEST_ASSERT(!kvmfeat_ctx_new(&ctx), "kvmfeat_ctx_new() failed");
	make_subject(&subjects[0], false, false);
	make_subject(&subjects[1], kvm_cpu_has_npt(), true);

	if (argc > 1) {
		for (int i = 1; i < argc; i++)
			run_case(strtoull(argv[i], NULL, 0), "a given seed");
	} else {
		run_case(1, "a fixed seed");
		run_case(fresh_seed(), "a fresh seed");
		every_rule_decides();
	}
	ksft_finished();
}
