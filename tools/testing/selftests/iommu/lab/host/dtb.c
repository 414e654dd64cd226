// SPDX-License-Identifier: GPL-2.0-only
/*
 * The Arm machine's device tree: QEMU's own, with the regions that its scenario
 * names added as reserved memory with IOMMU addresses.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lab.h"

#define CUT_REG		1	/* flags of an entry: half an address in "reg" */
#define PCI_CELLS "#address-cells = <3>;\n#size-cells = <2>;\n"

static void put_range(FILE *f, __u64 start, __u64 size)
{
	fprintf(f, "0x%llx 0x%llx 0x%llx 0x%llx>", start >> 32,
		start & 0xffffffff, size >> 32, size & 0xffffffff);
}

static bool names(const struct scn_entry *e, const struct scn_device *d)
{
	for (int i = 0; i < e->nscopes; i++)
		if (!strcmp(e->scopes[i], d->name))
			return true;
	return false;
}

/* Memory that Linux leaves alone: what firmware uses, what steps use */
static void put_memory(FILE *f, const char *name, int n, __u64 start,
		       __u64 size)
{
	fprintf(f, "%s%d: %s%d@%llx { reg = <", name, n, name, n, start);
	put_range(f, start, size);
	fprintf(f, "; ");
}

/* Its address as the device's bus writes it: three cells, and two */
static void put_entry(FILE *f, const struct scenario *scn, int n)
{
	const struct scn_entry *e = &scn->entries[n];
	const char *sep = "";

	if (e->flags == CUT_REG)
		fprintf(f, "fw%d: fw%d@%llx { reg = <0>; ", n, n, e->start);
	else
		put_memory(f, "fw", n, e->start, e->last - e->start + 1);
	fprintf(f, "iommu-addresses = ");
	for (int i = 0; i < e->nscopes; i++) {
		/* A number is a phandle as it is, which may lead nowhere */
		fprintf(f, "%s<%s%s 0 ", sep,
			isdigit(*e->scopes[i]) ? "" : "&", e->scopes[i]);
		put_range(f, e->start, e->last - e->start + 1);
		sep = ", ";
	}
	fprintf(f, "; };\n");
}

static bool has_entry(const struct scenario *scn, const struct scn_region *r)
{
	for (int i = 0; i < scn->nentries; i++)
		if (scn->entries[i].start == r->start)
			return true;
	return false;
}

static void put_reserved(FILE *f, const struct scenario *scn)
{
	fprintf(f, "reserved-memory {\n#address-cells = <2>;\n#size-cells = <2>;\nranges;\n");
	for (int i = 0; i < scn->nentries; i++)
		put_entry(f, scn, i);
	for (int i = 0; i < scn->nregions; i++) {
		const struct scn_region *r = &scn->regions[i];

		if (has_entry(scn, r))
			continue;
		put_memory(f, "lab", i, r->start, r->size);
		fprintf(f, "};\n");
	}
	fprintf(f, "};\n");
}

/* The device and, in it, those behind it; only slot and function count. */
static void put_device(FILE *f, const struct scenario *scn, int n)
{
	const struct scn_device *d = &scn->devices[n];
	const char *sep = "memory-region = ";
	bool bridge = false;

	fprintf(f, "%s: dev@%x,%x { reg = <0x%x 0 0 0 0>;\n", d->name, d->slot,
		d->fn, d->slot << 11 | d->fn << 8);
	for (int i = 0; i < scn->nentries; i++) {
		if (!names(&scn->entries[i], d))
			continue;
		fprintf(f, "%s<&fw%d>", sep, i);
		sep = ", ";
	}
	fprintf(f, "%s", *sep == ',' ? ";\n" : "");
	for (int i = n + 1; i < scn->ndevices; i++) {
		if (scn->devices[i].bridge != n)
			continue;
		if (!bridge)
			fprintf(f, PCI_CELLS "device_type = \"pci\";\nranges;\n");
		bridge = true;
		put_device(f, scn, i);
	}
	fprintf(f, "};\n");
}

static void append(const char *path, const struct scenario *scn)
{
	FILE *f = fopen(path, "ae");

	if (!f)
		die("cannot write %s: %s", path, strerror(errno));
	fprintf(f, "/ {\n");
	put_reserved(f, scn);
	fprintf(f, "pcie@10000000 {\n");
	for (int i = 0; i < scn->ndevices; i++)
		if (scn->devices[i].bridge < 0)
			put_device(f, scn, i);
	fprintf(f, "};\n};\n");
	if (ferror(f) | fclose(f))
		die("cannot write %s: is the disk full?", path);
}

/*
 * Returns the path, for the caller to unlink when the machine is over; the text
 * stays among the results.
 */
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
	free(dts);
	return dtb;
}
