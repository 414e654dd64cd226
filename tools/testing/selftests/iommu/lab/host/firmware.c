// SPDX-License-Identifier: GPL-2.0-only
/*
 * Firmware tables of a machine: the fixed part is text in tables/, the regions
 * that its scenario names are appended, and iasl compiles it all.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lab.h"

#define BRIDGES_MAX	4

/* One field as iasl -G takes it; its name is for the reader only. */
static void put(FILE *f, int size, const char *name, __u64 val)
{
	fprintf(f, "UINT%-2d : %0*llX%*s /* %s */\n", 8 * size, 2 * size, val,
		16 - 2 * size, "", name);
}

static struct scn_device *by_name(struct scenario *scn, const char *name,
				  size_t len)
{
	char *copy = xasprintf("%.*s", (int)len, name);
	struct scn_device *d = scn_device(scn, copy);

	free(copy);
	return d;
}

static noreturn void bad_scope(const struct scenario *scn, const char *scope)
{
	die("%s: \"%s\" is neither a device nor a scope that this table has",
	    scn->path, scope);
}

struct dmar_scope {
	bool below;
	int n;
	struct {
		unsigned int slot, fn;
	} path[BRIDGES_MAX];		/* the device first */
};

/* "NAME", "NAME/" for all below that bridge, "SLOT.FN" for a gap on bus 0 */
static void get_dmar_scope(struct scenario *scn, const char *text,
			   struct dmar_scope *s)
{
	size_t name = strcspn(text, "/");
	struct scn_device *d = by_name(scn, text, name);

	s->below = text[name] == '/';
	s->n = 0;
	if (!d) {
		if (sscanf(text, "%x.%x", &s->path[0].slot,
			   &s->path[0].fn) != 2)
			bad_scope(scn, text);
		s->n = 1;
	}
	for (; d; d = d->bridge < 0 ? NULL : &scn->devices[d->bridge]) {
		if (s->n == BRIDGES_MAX)
			die("%s: more than %d bridges in a row", scn->path,
			    BRIDGES_MAX);
		s->path[s->n].slot = d->slot;
		s->path[s->n++].fn = d->fn;
	}
}

static int dmar_scope_length(const struct dmar_scope *s)
{
	return 6 + 2 * s->n;
}

static void put_dmar_scope(FILE *f, const struct dmar_scope *s)
{
	put(f, 1, "Device Scope Type", s->below ? 2 : 1);
	put(f, 1, "Length", dmar_scope_length(s));
	put(f, 2, "Reserved", 0);
	put(f, 1, "Enumeration ID", 0);
	put(f, 1, "Start Bus Number", 0);
	for (int i = s->n - 1; i >= 0; i--) {
		put(f, 1, "Path: device", s->path[i].slot);
		put(f, 1, "Path: function", s->path[i].fn);
	}
}

static void put_rmrr(FILE *f, struct scenario *scn, const struct scn_entry *e)
{
	struct dmar_scope scopes[SCN_MAX_SCOPES];
	int len = 24;

	for (int i = 0; i < e->nscopes; i++) {
		get_dmar_scope(scn, e->scopes[i], &scopes[i]);
		len += dmar_scope_length(&scopes[i]);
	}
	fprintf(f, "/* RMRR */\n");
	put(f, 2, "Type", 1);
	put(f, 2, "Length", len);
	put(f, 2, "Reserved", 0);
	put(f, 2, "Segment Number", 0);
	put(f, 8, "Base Address", e->start);
	put(f, 8, "Limit Address", e->last);
	for (int i = 0; i < e->nscopes; i++) {
		fprintf(f, "\n/* %s */\n", e->scopes[i]);
		put_dmar_scope(f, &scopes[i]);
	}
}

#define IVMD_ALL	0x20
#define IVMD_ONE	0x21
#define IVMD_RANGE	0x22
#define IVMD_UNITY_RW	0x07

/* "NAME" on bus 0, "all", "0xFIRST-0xLAST" as device ids */
static void put_ivmd(FILE *f, struct scenario *scn, const struct scn_entry *e,
		     const char *scope)
{
	unsigned int type = IVMD_ONE, first = 0, last = 0;
	struct scn_device *d = scn_device(scn, scope);
	unsigned int flags = e->flags < 0 ? IVMD_UNITY_RW : e->flags;

	if (d && d->bridge < 0)
		first = d->slot << 3 | d->fn;
	else if (!strcmp(scope, "all"))
		type = IVMD_ALL;
	else if (sscanf(scope, "0x%x-0x%x", &first, &last) == 2)
		type = IVMD_RANGE;
	else
		bad_scope(scn, scope);

	fprintf(f, "/* IVMD: %s */\n", scope);
	put(f, 1, "Type", type);
	put(f, 1, "Flags", flags);
	put(f, 2, "Length", 32);
	put(f, 2, "Device ID", first);
	put(f, 2, "Auxiliary Data", last);
	put(f, 8, "Reserved", 0);
	put(f, 8, "Start Address", e->start);
	put(f, 8, "Memory Length", e->last - e->start + 1);
}

static void put_ivmds(FILE *f, struct scenario *scn, const struct scn_entry *e)
{
	for (int i = 0; i < e->nscopes; i++) {
		fprintf(f, "%s", i ? "\n" : "");
		put_ivmd(f, scn, e, e->scopes[i]);
	}
}

#define IORT_SMMU	0x48	/* where tables/iort.asl has it */
#define RMR_TYPE	6

/* "NAME" on bus 0, or "0xFIRST-0xLAST" as stream IDs */
static void put_rmr_scope(FILE *f, struct scenario *scn, const char *scope)
{
	struct scn_device *d = scn_device(scn, scope);
	unsigned int first, last;

	if (d && d->bridge < 0) {
		first = d->slot << 3 | d->fn;
		last = first;
	} else if (sscanf(scope, "0x%x-0x%x", &first, &last) != 2) {
		bad_scope(scn, scope);
	}

	fprintf(f, "\n/* %s */\n", scope);
	put(f, 4, "Input Base", 0);
	put(f, 4, "ID Count", last - first);
	put(f, 4, "Output Base", first);
	put(f, 4, "Output Reference", IORT_SMMU);
	put(f, 4, "Flags", 1);
}

/* A node with one range, and a mapping for each device */
static void put_rmr(FILE *f, struct scenario *scn, const struct scn_entry *e)
{
	int range = 28 + 20 * e->nscopes;

	fprintf(f, "/* RMR */\n");
	put(f, 1, "Type", RMR_TYPE);
	put(f, 2, "Length", range + 20);
	put(f, 1, "Revision", 3);
	put(f, 4, "Identifier", 0x10 + (e - scn->entries));
	put(f, 4, "Mapping Count", e->nscopes);
	put(f, 4, "Mapping Offset", 28);
	put(f, 4, "Flags", e->flags < 0 ? 0 : e->flags);
	put(f, 4, "RMR Count", 1);
	put(f, 4, "RMR Offset", range);
	for (int i = 0; i < e->nscopes; i++)
		put_rmr_scope(f, scn, e->scopes[i]);
	fprintf(f, "\n");
	put(f, 8, "Base Address", e->start);
	put(f, 8, "Length", e->last - e->start + 1);
	put(f, 4, "Reserved", 0);
}

/* As they are, in hexadecimal */
static void put_bytes(FILE *f, const struct scenario *scn, const char *bytes)
{
	unsigned int byte;
	int n;

	for (; sscanf(bytes, "%x%n", &byte, &n) == 1 && byte <= 0xff; bytes += n)
		put(f, 1, "As written", byte);
	if (bytes[strspn(bytes, " \t")])
		die("%s: \"%s\" are no bytes", scn->path, bytes);
}

static const struct {
	const char *name;
	void (*put)(FILE *f, struct scenario *scn, const struct scn_entry *e);
} tables[] = {
	{ "dmar", put_rmrr },
	{ "ivrs", put_ivmds },
	{ "iort", put_rmr },
};

#define NODES "@NODES@"

/* The fixed part; an IORT counts its nodes, of which it has three itself */
static void put_fixed(FILE *f, const struct scenario *scn, const char *text)
{
	const char *at = strstr(text, ": " NODES);

	if (!at) {
		fputs(text, f);
		return;
	}
	fprintf(f, "%.*s: %08X", (int)(at - text), text, 3 + scn->nentries);
	fputs(at + strlen(": " NODES), f);
}

static void write_text(const struct options *opt, const struct machine *m,
		       struct scenario *scn, const char *path)
{
	char *fixed = xasprintf("%s/tables/%s.asl", opt->build, m->table);
	char *text = read_file(fixed, NULL);
	FILE *f = fopen(path, "we");

	if (!text)
		die("cannot read %s: %s", fixed, strerror(errno));
	if (!f)
		die("cannot write %s: %s", path, strerror(errno));
	put_fixed(f, scn, text);
	for (int i = 0; i < scn->nentries; i++) {
		fprintf(f, "\n");
		if (scn->entries[i].bytes) {
			put_bytes(f, scn, scn->entries[i].bytes);
			continue;
		}
		for (int t = 0; t < ARRAY_SIZE(tables); t++)
			if (!strcmp(tables[t].name, m->table))
				tables[t].put(f, scn, &scn->entries[i]);
	}
	if (ferror(f) | fclose(f))
		die("cannot write %s: is the disk full?", path);
	free(text);
	free(fixed);
}

/* The text and what iasl made of it stay among the results. */
char *firmware_build(const struct options *opt, const struct machine *m,
		     struct scenario *scn)
{
	char *asl = xasprintf("%s/%s/%s.asl", opt->out, opt->name, scn->name);
	char *aml = xasprintf("%s/%s/%s.aml", opt->out, opt->name, scn->name);
	const char * const argv[] = { "iasl", "-G", asl, NULL };

	write_text(opt, m, scn, asl);
	tool_run("acpica-tools", asl, ".", argv);
	free(asl);
	return aml;
}
