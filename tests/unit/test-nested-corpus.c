// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The blobs of tests/data/nested: SVM's are what a KVM wrote, VMX's are made by a script. Each is
 * decoded, checked, and made again; each shows what its name says.
 */
#include <dirent.h>
#include <stdio.h>

#include "nested-svm.h"

struct file {
	char name[64];
	uint8_t bytes[KF_VMX_BYTES + 1];
	size_t size;
};

static struct file files[64];
static size_t file_count;

static void read_file(const char *directory, const char *name)
{
	struct file *file = &files[file_count++];
	char path[4096];
	FILE *stream;

	assert_in_range(file_count, 1, KF_ARRAY_SIZE(files));
	assert_in_range(snprintf(file->name, sizeof(file->name), "%s", name), 1,
			sizeof(file->name) - 1);
	snprintf(path, sizeof(path), "%s/%s", directory, name);
	stream = fopen(path, "rb");
	assert_non_null(stream);
	file->size = fread(file->bytes, 1, sizeof(file->bytes), stream);
	fclose(stream);
}

static int read_files(void **state)
{
	const char *data = getenv("TEST_DATA");
	const char *end;
	char directory[2048];
	struct dirent *entry;
	DIR *dir;

	(void)state;
	snprintf(directory, sizeof(directory), "%s/nested", data ? data : "tests/data");
	dir = opendir(directory);
	if (!dir) {
		print_error("cannot read %s, which TEST_DATA or the directory names\n", directory);
		return -1;
	}
	while ((entry = readdir(dir))) {
		end = strrchr(entry->d_name, '.');
		if (end && !strcmp(end, ".bin"))
			read_file(directory, entry->d_name);
	}
	closedir(dir);
	return 0;
}

static const struct file *find_file(const char *name)
{
	for (size_t i = 0; i < file_count; i++)
		if (!strcmp(files[i].name, name))
			return &files[i];
	fail_msg("there is no %s", name);
	return NULL;
}

static bool is_vmx(const struct file *file)
{
	return !strncmp(file->name, "vmx-", 4);
}

static void decode(const struct world *w, const struct file *file,
		   struct kvmfeat_nested_info *ret_info)
{
	ret_info->size = sizeof(*ret_info);
	if (kvmfeat_nested_decode(w->ctx, file->bytes, file->size, ret_info))
		fail_msg("%s: %s", file->name, reason(w));
}

static void each_blob_is_of_its_format_and_whole(void **state)
{
	struct world *w = *state;
	struct kvmfeat_nested_info info;

	for (size_t i = 0; i < file_count; i++) {
		decode(w, &files[i], &info);
		assert_int_equal(info.format,
				 is_vmx(&files[i]) ? KVMFEAT_NESTED_VMX : KVMFEAT_NESTED_SVM);
		assert_int_equal(info.state_bytes, files[i].size);
	}
}

/* A field without a number has nothing in it, so that @copy, which was made empty, has it. */
static void copy_field(struct world *w, const struct file *file,
		       const struct kvmfeat_nested_field *field, uint8_t *copy)
{
	uint64_t value;

	if (!kvmfeat_nested_get_value(w->ctx, file->bytes, file->size, field, &value))
		assert_int_equal(kvmfeat_nested_set_value(w->ctx, copy, file->size, field, value),
				 0);
}

static void each_blob_can_be_made_again_from_its_fields(void **state)
{
	struct world *w = *state;
	struct kvmfeat_nested_info info;
	uint8_t copy[KF_VMX_BYTES];

	for (size_t i = 0; i < file_count; i++) {
		decode(w, &files[i], &info);
		assert_int_equal(kvmfeat_nested_init(w->ctx, info.format, (uint16_t)info.flags,
						     copy, files[i].size),
				 0);
		for (size_t f = 0; f < info.field_count; f++)
			copy_field(w, &files[i], kvmfeat_nested_field_at(info.format, f), copy);
		assert_memory_equal(copy, files[i].bytes, files[i].size);
	}
}

static void no_rule_speaks_against_a_blob(void **state)
{
	struct world *w = *state;
	struct result result;

	for (size_t i = 0; i < file_count; i++) {
		svm_check(w, files[i].bytes, files[i].size, NULL, &result);
		for (size_t r = 0; r < result.count; r++)
			if (result.findings[r].verdict == KVMFEAT_NESTED_REFUSED ||
			    result.findings[r].verdict == KVMFEAT_NESTED_CHANGED)
				fail_msg("%s: %s", files[i].name, result.findings[r].rule->id);
	}
}

static void what_kvm_wrote_it_takes_back_as_it_is(void **state)
{
	struct kvmfeat_nested_target target = svm_target();
	struct world *w = *state;
	struct result result;

	target.own_pat = false;
	for (size_t i = 0; i < file_count; i++) {
		if (is_vmx(&files[i]))
			continue;
		svm_check(w, files[i].bytes, files[i].size, &target, &result);
		for (size_t r = 0; r < result.count; r++)
			if (result.findings[r].verdict != KVMFEAT_NESTED_OK)
				fail_msg("%s: %s", files[i].name, result.findings[r].rule->id);
	}
}

static const struct {
	const char *file, *field;
	uint64_t mask, value;
} shown[] = {
	{ "l1.bin", "header.flags", 0xffff, 0x100 },
	{ "l1.bin", "header.size", 0xffffffff, 128 },
	{ "l2-running.bin", "header.flags", 0xffff, 0x101 },
	{ "l2-running.bin", "control.misc_ctl", 0x1, 0 },
	{ "l2-running-npt.bin", "control.misc_ctl", 0x1, 0x1 },
	{ "interrupt-shadow.bin", "control.int_state", 0xffffffff, 0x1 },
	{ "interrupt-shadow-npt.bin", "control.int_state", 0xffffffff, 0x1 },
	{ "event-injection.bin", "header.flags", 0xffff, 0x103 },
	{ "event-injection.bin", "control.event_inj", 0xffffffff, 0x80000b0d },
	{ "event-injection-npt.bin", "control.event_inj_err", 0xffffffff, 0x1230 },
	{ "gif-clear.bin", "header.flags", 0xffff, 0x1 },
	{ "gif-clear-npt.bin", "header.flags", 0xffff, 0x1 },
	{ "vgif-clear.bin", "control.int_ctl", 0x2000200, 0x2000000 },
	{ "vgif-clear-npt.bin", "control.int_ctl", 0x2000200, 0x2000000 },
	{ "pae.bin", "header.flags", 0xffff, 0x101 },
	{ "pae-npt.bin", "save.efer", 0x400, 0x400 }, /* L1's, not that of its L2 */
	{ "vmx-off.bin", "header.vmxon_pa", UINT64_MAX, UINT64_MAX },
	{ "vmx-l1.bin", "header.vmcs12_pa", UINT64_MAX, UINT64_MAX },
	{ "vmx-l1-vmcs12.bin", "header.flags", 0xffff, 0 },
	{ "vmx-l2-running.bin", "vmcs12.guest_rip", UINT64_MAX, 0xffffffff81000000 },
	{ "vmx-l2-running-ept.bin", "vmcs12.ept_pointer", UINT64_MAX, 0x601e },
	{ "vmx-interrupt-shadow.bin", "vmcs12.guest_interruptibility_info", 0x1, 0x1 },
	{ "vmx-event-injection.bin", "vmcs12.vm_entry_intr_info_field", UINT32_MAX, 0x80000b0d },
	{ "vmx-mtf-pending.bin", "header.flags", 0xffff, 0x9 },
	{ "vmx-shadow.bin", "shadow.revision_id", UINT32_MAX, 0x91e57ed0 },
};

static void each_blob_shows_what_its_name_says(void **state)
{
	struct world *w = *state;

	for (size_t i = 0; i < KF_ARRAY_SIZE(shown); i++) {
		const struct file *file = find_file(shown[i].file);
		const uint64_t value = blob_value(
			w, file->bytes, file->size,
			is_vmx(file) ? KVMFEAT_NESTED_VMX : KVMFEAT_NESTED_SVM, shown[i].field);

		if ((value & shown[i].mask) != shown[i].value)
			fail_msg("%s: %s", shown[i].file, shown[i].field);
	}
}

static void every_blob_is_named_above(void **state)
{
	(void)state;
	assert_int_not_equal(file_count, 0);
	for (size_t i = 0; i < file_count; i++) {
		size_t named = 0;

		for (size_t s = 0; s < KF_ARRAY_SIZE(shown); s++)
			named += !strcmp(shown[s].file, files[i].name);
		if (!named)
			fail_msg("nothing is expected of %s", files[i].name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(each_blob_is_of_its_format_and_whole),
		WORLD_TEST(each_blob_can_be_made_again_from_its_fields),
		WORLD_TEST(no_rule_speaks_against_a_blob),
		WORLD_TEST(what_kvm_wrote_it_takes_back_as_it_is),
		WORLD_TEST(each_blob_shows_what_its_name_says),
		WORLD_TEST(every_blob_is_named_above),
	};

	return cmocka_run_group_tests(tests, read_files, NULL);
}
