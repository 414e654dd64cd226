/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LAB_UTIL_H
#define LAB_UTIL_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdnoreturn.h>

#define ARRAY_SIZE(a)	((int)(sizeof(a) / sizeof((a)[0])))
#define fallthrough	__attribute__((__fallthrough__))

/* One clear line and a non-zero end; the host exits, the guest bails out. */
noreturn __printf(1, 2) void die(const char *fmt, ...);

void *xcalloc(size_t size);
char *xstrdup(const char *s);
__printf(1, 2) char *xasprintf(const char *fmt, ...);
void *read_file(const char *path, size_t *len);

/* Is that line of a kernel's log a sign of a bug in it? */
bool is_kernel_bug(const char *line);

#endif
