/* SPDX-License-Identifier: GPL-2.0-only */
/* Uncompressed "newc" archives, for the benchmark's machines as well. */
#ifndef LAB_CPIO_H
#define LAB_CPIO_H

#include <stdio.h>

void cpio_entry(FILE *f, const char *name, unsigned int mode, const void *data,
		size_t len);
void cpio_file(FILE *f, const char *name, unsigned int mode, const char *path);
void cpio_end(FILE *f);

#endif
