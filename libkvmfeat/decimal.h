/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Numbers in the text of sysfs, as the kernel prints them. */
#ifndef KF_DECIMAL_H
#define KF_DECIMAL_H

#include <stdbool.h>
#include <stdint.h>

/* At most @max, without sign and leading zero; moves @text behind it. */
static inline bool kf_decimal(const char **text, uint64_t max, uint64_t *ret_number)
{
	const char *digit = *text;
	uint64_t number = 0;

	if (*digit == '0' && digit[1] >= '0' && digit[1] <= '9')
		return false;
	for (; *digit >= '0' && *digit <= '9'; digit++) {
		const unsigned int units = (unsigned int)(*digit - '0');

		if (units > max || number > (max - units) / 10)
			return false;
		number = number * 10 + units;
	}
	if (digit == *text)
		return false;
	*text = digit;
	*ret_number = number;
	return true;
}

#endif
