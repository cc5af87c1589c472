// SPDX-License-Identifier: GPL-2.0-or-later
/* A program of somebody else: built against the installed library, in C and in C++. */
#include <stdio.h>
#include <string.h>

#include <kvmfeat/kvmfeat.h>

int main(void)
{
	struct kvmfeat_ctx *ctx;
	unsigned int number;

	if (kvmfeat_ctx_new(&ctx))
		return 1;
	if (kvmfeat_cap_number("KVM_CAP_NESTED_STATE", &number) || number != 157)
		return 2;
	if (strcmp(kvmfeat_ctx_error(ctx)->reason, "") != 0)
		return 3;
	kvmfeat_ctx_free(ctx);
	return printf("%s\n", kvmfeat_version()) < 0;
}
