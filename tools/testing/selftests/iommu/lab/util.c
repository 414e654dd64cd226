// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"

void *xcalloc(size_t size)
{
	void *p = calloc(1, size);

	if (!p)
		die("out of memory");
	return p;
}

char *xstrdup(const char *s)
{
	char *p = strdup(s);

	if (!p)
		die("out of memory");
	return p;
}

char *xasprintf(const char *fmt, ...)
{
	va_list ap;
	char *s;
	int ret;

	va_start(ap, fmt);
	ret = vasprintf(&s, fmt, ap);
	va_end(ap);
	if (ret < 0)
		die("out of memory");
	return s;
}

/* The whole file with a NUL behind it, or NULL with errno set. */
void *read_file(const char *path, size_t *len)
{
	size_t size = 0, used = 0;
	char *buf = NULL;
	FILE *f = fopen(path, "re");

	if (!f)
		return NULL;
	do {
		size = size ? 2 * size : 65536;
		buf = realloc(buf, size);
		if (!buf)
			die("out of memory");
		used += fread(buf + used, 1, size - used - 1, f);
	} while (used == size - 1);
	buf[used] = '\0';
	if (ferror(f)) {
		free(buf);
		buf = NULL;
	}
	fclose(f);
	if (len)
		*len = used;
	return buf;
}

bool is_kernel_bug(const char *line)
{
	static const char * const signs[] = {
		"WARNING: ", "BUG: ", "kernel BUG", "Oops", "Kernel panic",
		"general protection", "KASAN", "UBSAN", "possible circular locking",
		"possible recursive locking", "inconsistent lock state",
		"suspicious RCU usage", "refcount_t:", "self-detected stall",
	};

	for (int i = 0; i < ARRAY_SIZE(signs); i++)
		if (strstr(line, signs[i]))
			return true;
	return false;
}
