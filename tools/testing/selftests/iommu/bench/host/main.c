// SPDX-License-Identifier: GPL-2.0-only
/* Instructions on an unpatched and a patched kernel, counted by QEMU. */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"

static const char usage[] =
	"usage: bench INIT SCRATCH CSV SVG UNPATCHED MODULE PATCHED MODULE\n"
	"  INIT and MODULE as built, SCRATCH a directory, UNPATCHED and PATCHED\n"
	"  where the kernels were built\n";

void die(const char *fmt, ...)
{
	va_list ap;

	fflush(stdout);
	fprintf(stderr, "bench: ");
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "\n");
	exit(1);
}

static char *beside(const char *path, const char *name)
{
	const char *slash = strrchr(path, '/');

	return slash ? xasprintf("%.*s%s", (int)(slash - path), path, name) :
		       xstrdup(name + 1);
}

int main(int argc, char **argv)
{
	static const char * const machines[] = { "boot", "iommu", "probe",
						 "pasid", BENCH_CONTEND };
	struct bench b = { };

	if (argc != 9) {
		fputs(usage, stderr);
		return 2;
	}
	b.init = argv[1];
	b.scratch = argv[2];
	for (int k = 0; k < KERNELS; k++) {
		b.kernels[k].build = argv[5 + 2 * k];
		b.kernels[k].module = argv[6 + 2 * k];
		b.kernels[k].pasid_module = beside(argv[6 + 2 * k], BENCH_PASID);
	}
	for (int i = 0; i < ARRAY_SIZE(machines); i++)
		for (int k = 0; k < KERNELS; k++)
			vm_run(&b, k, machines[i]);
	report_derive(&b);
	report_csv(&b, argv[3]);
	plot_svg(&b, argv[4]);
	return !report_print(&b);
}
