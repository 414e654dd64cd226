/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef BENCH_HOST_H
#define BENCH_HOST_H

#include <stdbool.h>
#include <stdio.h>

#include "../bench.h"
#include "../../lab/util.h"

#define MAX_CASES	64

enum { UNPATCHED, PATCHED, KERNELS };

struct kernel {
	const char *build;	/* where it was built */
	const char *module;	/* the mock, built for it */
	const char *pasid_module;	/* the one for PASIDs, beside it */
	char *version;
};

struct result {
	char *name;
	double val[KERNELS];	/* instructions; calls per device */
};

struct bench {
	const char *init;	/* the guest's */
	const char *scratch;
	struct kernel kernels[KERNELS];
	struct result results[MAX_CASES];
	int nresults;
};

/* dmar.c */
void *dmar_table(size_t *len);

/* vm.c */
void vm_run(struct bench *b, int kernel, const char *what);

/* report.c */
void report_set(struct bench *b, int kernel, const char *name, double val);
void report_derive(struct bench *b);
bool report_print(const struct bench *b);
void report_csv(const struct bench *b, const char *path);

/* plot.c */
void plot_svg(const struct bench *b, const char *path);

#endif
