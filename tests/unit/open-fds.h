/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How many descriptors this process has: those of the fake's tree are real ones. */
#ifndef OPEN_FDS_H
#define OPEN_FDS_H

#include <dirent.h>

static inline unsigned int open_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned int count = 0;

	assert_non_null(dir);
	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

#endif
