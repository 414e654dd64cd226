// SPDX-License-Identifier: GPL-2.0-only
/*
 * The Arm machine's device tree: QEMU's own, with the regions that its scenario
 * names added as reserved memory with IOMMU addresses.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lab.h"

static void put_u64(FILE *f, __u64 val)
{
	fprintf(f, " 0x%x 0x%x", (unsigned int)(val >> 32), (unsigned int)val);
}

static bool names(const struct scn_entry *e, const struct scn_device *d)
{
	for (int i = 0; i < e->nscopes; i++)
		if (!strcmp(e->scopes[i], d->name))
			return true;
	return false;
}

/* An address of the region, as the device's bus writes it: three cells and two */
static void put_region(FILE *f, const struct scenario *scn, int n)
{
	const struct scn_entry *e = &scn->entries[n];
	const char *sep = "";

	fprintf(f, "fw%d: fw%d@%llx { reg = <", n, n, e->start);
	put_u64(f, e->start);
	put_u64(f, e->last - e->start + 1);
	fprintf(f, ">; iommu-addresses = ");
	for (int i = 0; i < e->nscopes; i++) {
		fprintf(f, "%s<&%s 0", sep, e->scopes[i]);
		put_u64(f, e->start);
		put_u64(f, e->last - e->start + 1);
		fprintf(f, ">");
		sep = ", ";
	}
	fprintf(f, "; };\n");
}

static void put_device(FILE *f, const struct scenario *scn,
		       const struct scn_device *d)
{
	const char *sep = "memory-region = ";

	if (d->bridge >= 0)
		return;
	fprintf(f, "%s: dev@%x,%x { reg = <0x%x 0 0 0 0>; ", d->name, d->slot,
		d->fn, d->slot << 11 | d->fn << 8);
	for (int i = 0; i < scn->nentries; i++) {
		if (!names(&scn->entries[i], d))
			continue;
		fprintf(f, "%s<&fw%d>", sep, i);
		sep = ", ";
	}
	fprintf(f, "%s};\n", *sep == ',' ? "; " : "");
}

static void append(const char *path, const struct scenario *scn)
{
	FILE *f = fopen(path, "ae");

	if (!f)
		die("cannot write %s: %s", path, strerror(errno));
	fprintf(f, "/ {\nreserved-memory {\n#address-cells = <2>;\n#size-cells = <2>;\nranges;\n");
	for (int i = 0; i < scn->nentries; i++)
		put_region(f, scn, i);
	fprintf(f, "};\npcie@10000000 {\n");
	for (int i = 0; i < scn->ndevices; i++)
		put_device(f, scn, &scn->devices[i]);
	fprintf(f, "};\n};\n");
	if (ferror(f) | fclose(f))
		die("cannot write %s: is the disk full?", path);
}

/* Returns the path, for the caller to unlink when the machine is over. */
char *dtb_build(const struct options *opt, const struct scenario *scn)
{
	char *dtb = xasprintf("%s/%s/%s.dtb", opt->out, opt->name, scn->name);
	char *dts = xasprintf("%s/%s/%s.dts", opt->out, opt->name, scn->name);
	const char * const dump[] = {
		"qemu-system-aarch64", "-nodefaults", "-display", "none",
		"-cpu", "max", "-m", "1G", "-smp", xasprintf("%d", scn->smp),
		"-machine", xasprintf(ARM_MACHINE ",dumpdtb=%s", dtb), NULL
	};
	const char * const decompile[] = {
		"dtc", "-q", "-I", "dtb", "-O", "dts", "-o", dts, dtb, NULL
	};
	const char * const compile[] = {
		"dtc", "-q", "-I", "dts", "-O", "dtb", "-o", dtb, dts, NULL
	};

	tool_run("qemu-system-arm", "-machine dumpdtb", ".", dump);
	tool_run("device-tree-compiler", dtb, ".", decompile);
	append(dts, scn);
	tool_run("device-tree-compiler", dts, ".", compile);
	unlink(dts);
	free(dts);
	return dtb;
}
