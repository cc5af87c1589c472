// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Saves the state of a vCPU and loads it into a vCPU of a second VM, as a migration does; says
 * what the nested state in it is. An x86 host with KVM is needed, no guest.
 *
 *   cc vcpu-move.c $(pkg-config --cflags --libs libkvmfeat) -o vcpu-move
 *   ./vcpu-move
 */
#include <inttypes.h>
#include <stdio.h>

#include <kvmfeat/kvmfeat.h>

struct machine {
	struct kvmfeat_vm *vm;
	struct kvmfeat_vcpu *vcpu;
};

static int explain(const struct kvmfeat_error *error, const char *what)
{
	fprintf(stderr, "vcpu-move: cannot %s: %s\n", what, error->reason);
	if (*error->remedy)
		fprintf(stderr, "vcpu-move: what would help: %s\n", error->remedy);
	return 1;
}

static int make(struct kvmfeat_ctx *ctx, struct machine *machine)
{
	if (kvmfeat_vm_open(ctx, 0, &machine->vm) ||
	    kvmfeat_vcpu_open(machine->vm, 0, &machine->vcpu))
		return explain(kvmfeat_ctx_error(ctx), "make a VM with a vCPU");
	return 0;
}

static void unmake(struct machine *machine)
{
	kvmfeat_vcpu_free(machine->vcpu);
	kvmfeat_vm_free(machine->vm);
}

static void tell(struct kvmfeat_ctx *ctx, const struct kvmfeat_vcpu_state *state)
{
	struct kvmfeat_nested_info info = { .size = sizeof(info) };
	const void *blob;
	size_t bytes;

	kvmfeat_vcpu_state_get_nested(state, &blob, &bytes);
	if (!blob)
		puts("moved; this host has no nested virtualization");
	else if (!kvmfeat_nested_decode(ctx, blob, bytes, &info))
		printf("moved, with %" PRIu32 " bytes of nested state, flags 0x%" PRIx32 "\n",
		       info.state_bytes, info.flags);
}

static int move(struct kvmfeat_ctx *ctx, struct kvmfeat_vcpu *from, struct kvmfeat_vcpu *to)
{
	struct kvmfeat_vcpu_state *state;
	int status = 0;

	/* Once for each vCPU: saving and loading take no memory. */
	if (kvmfeat_vcpu_state_new(from, &state))
		return explain(kvmfeat_vcpu_error(from), "make room for the state");
	if (kvmfeat_vcpu_state_save(from, state))
		status = explain(kvmfeat_vcpu_error(from), "save the vCPU");
	else if (kvmfeat_vcpu_state_load(to, state))
		status = explain(kvmfeat_vcpu_error(to), "load the vCPU");
	else
		tell(ctx, state);
	kvmfeat_vcpu_state_free(state);
	return status;
}

int main(void)
{
	struct machine from = { 0 }, to = { 0 };
	struct kvmfeat_ctx *ctx;
	int status;

	if (kvmfeat_ctx_new(&ctx)) {
		fputs("vcpu-move: no memory\n", stderr);
		return 1;
	}
	status = make(ctx, &from) || make(ctx, &to) || move(ctx, from.vcpu, to.vcpu);
	unmake(&to);
	unmake(&from);
	kvmfeat_ctx_free(ctx);
	return status;
}
