// SPDX-License-Identifier: GPL-2.0-only
/*
 * Firmware tables of real machines, and those of cases.c: gives them to the
 * kernel's test of its parsers, and compares what that says with what the
 * readers here say.
 */
#include <errno.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "acpi.h"
#include "cpio.h"
#include "lab.h"

#define MAX_TABLES	100000
#define MAX_SHOWN	20

static const struct kind {
	const char *name;	/* of the kernel's file */
	const char *signature;
	void (*read)(struct reading *r, const __u8 *table, size_t len);
} kinds[] = {
	{ "dmar", "DMAR", read_dmar },
	{ "ivrs", "IVRS", read_ivrs },
};

struct table {
	char *name;
	const struct kind *kind;
	__u8 *data;
	size_t len;
	struct lines {
		char **line;
		int n;
	} expected, seen;
};

static struct table tables[MAX_TABLES];
static int ntables;
static const char *top;

static void add_line(struct lines *lines, char *line)
{
	lines->line = realloc(lines->line, (lines->n + 1) * sizeof(char *));
	if (!lines->line)
		die("out of memory");
	lines->line[lines->n++] = line;
}

static int add_table(const char *path, const struct stat *st, int type,
		     struct FTW *ftw)
{
	const char *name = path + strlen(top);
	struct table *t = &tables[ntables];
	size_t len;
	__u8 *data;

	(void)st;
	(void)ftw;
	if (type != FTW_F)
		return 0;
	data = read_file(path, &len);
	if (!data)
		die("cannot read %s: %s", path, strerror(errno));
	for (int i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (len < 36 || memcmp(data, kinds[i].signature, 4))
			continue;
		if (ntables == MAX_TABLES)
			die("more than %d tables", MAX_TABLES);
		/* A copy may have more than the table behind it */
		if (get32(data + 4) < 36 || get32(data + 4) > len)
			die("%s is not the whole table", path);
		*t = (struct table) {
			.name = xstrdup(name + strspn(name, "/")),
			.kind = &kinds[i], .data = data, .len = get32(data + 4),
		};
		ntables++;
		return 0;
	}
	free(data);
	return 0;
}

static int cmp_table(const void *a, const void *b)
{
	const struct table *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static struct reading *read_table(const struct table *t)
{
	struct reading *r = xcalloc(sizeof(*r));

	t->kind->read(r, t->data, t->len);
	return r;
}

static void load(char **dirs)
{
	for (; *dirs; dirs++) {
		int before = ntables;

		top = *dirs;
		if (nftw(top, add_table, 16, FTW_PHYS))
			die("cannot read %s: %s", top, strerror(errno));
		if (ntables == before)
			die("no DMAR and no IVRS below %s", top);
	}
	qsort(tables, ntables, sizeof(*tables), cmp_table);
}

static void put(FILE *f, __u64 value, int bytes)
{
	while (bytes--) {
		fputc(value & 255, f);
		value >>= 8;
	}
}

/* As tests/iommu_tables_kunit.c reads it */
static void put_machine(FILE *f, const struct table *t)
{
	struct reading *r = read_table(t);

	put(f, r->ndevs, 4);
	put(f, t->len, 4);
	for (int i = 0; i < r->ndevs; i++) {
		put(f, r->devs[i].seg, 2);
		put(f, r->devs[i].bus, 1);
		put(f, r->devs[i].devfn, 1);
		put(f, r->devs[i].parent, 2);
		put(f, r->devs[i].secondary, 1);
		put(f, r->devs[i].subordinate, 1);
	}
	fwrite(t->data, 1, t->len, f);
	free(r);
}

/**
 * tables_initrd() - write an initrd with the tables for the kernel's test
 * @file: name of the initrd
 * @dirs: where the tables are, at any depth; NULL is the last one
 *
 * Return: exit code.
 */
int tables_initrd(const char *file, char **dirs)
{
	FILE *f = fopen(file, "we");

	if (!f)
		die("cannot write %s: %s", file, strerror(errno));
	load(dirs);
	cpio_entry(f, "tables", S_IFDIR | 0755, "", 0);
	for (int k = 0; k < ARRAY_SIZE(kinds); k++) {
		char *name = xasprintf("tables/%s", kinds[k].name), *data;
		size_t len;
		FILE *mem = open_memstream(&data, &len);

		if (!mem)
			die("out of memory");
		for (int i = 0; i < ntables; i++)
			if (tables[i].kind == &kinds[k])
				put_machine(mem, &tables[i]);
		fclose(mem);
		if (len)
			cpio_entry(f, name, S_IFREG | 0644, data, len);
		free(name);
		free(data);
	}
	cpio_end(f);
	if (fclose(f))
		die("cannot write %s: %s", file, strerror(errno));
	return 0;
}

/**
 * tables_make() - write the tables of cases.c
 * @dir: where to, a directory
 *
 * Return: exit code.
 */
int tables_make(const char *dir)
{
	const __u8 *data;
	const char *name;
	size_t len;

	for (int n = 0; (data = acpi_case(n, &name, &len)); n++) {
		char *path = xasprintf("%s/%s", dir, name);
		FILE *f = fopen(path, "we");

		if (!f || fwrite(data, 1, len, f) != len || fclose(f))
			die("cannot write %s: %s", path, strerror(errno));
		free(path);
	}
	return 0;
}

/* Table @number of those of a kind, in order */
static struct table *find_table(const char *kind, unsigned int number)
{
	for (int i = 0; i < ntables; i++)
		if (!strcmp(tables[i].kind->name, kind) && !number--)
			return &tables[i];
	return NULL;
}

/* "... iommu_tables: KIND NUMBER FACT" */
static void load_log(const char *path)
{
	char *log = read_file(path, NULL), *line, *save;

	if (!log)
		die("cannot read %s: %s", path, strerror(errno));
	for (line = strtok_r(log, "\r\n", &save); line;
	     line = strtok_r(NULL, "\r\n", &save)) {
		unsigned int number;
		char kind[8];
		struct table *t;
		int at = 0;

		line = strstr(line, "iommu_tables: ");
		if (!line || sscanf(line, "iommu_tables: %7s %u %n", kind,
				    &number, &at) < 2 || !at)
			continue;
		t = find_table(kind, number);
		if (!t)
			die("%s: a table that there is not: %s", path, line);
		add_line(&t->seen, line + at);
	}
}

static int cmp_line(const void *a, const void *b)
{
	return strcmp(*(char * const *)a, *(char * const *)b);
}

static void sort_lines(struct lines *lines)
{
	if (lines->n)
		qsort(lines->line, lines->n, sizeof(char *), cmp_line);
}

/* Say what only one of them says. Return: how often. */
static int compare(const struct lines *expected, const struct lines *seen,
		   bool *loses_unit)
{
	int e = 0, s = 0, differ = 0;

	while (e < expected->n || s < seen->n) {
		const char *x = e < expected->n ? expected->line[e] : NULL;
		const char *y = s < seen->n ? seen->line[s] : NULL;
		int c = !x ? 1 : !y ? -1 : strcmp(x, y);

		e += c <= 0;
		s += c >= 0;
		if (!c)
			continue;
		if (++differ <= MAX_SHOWN)
			printf("# %s: %s\n", c < 0 ? "table" : "kernel",
			       c < 0 ? x : y);
		if (c < 0 && !strncmp(x, "unit ", 5))
			*loses_unit = true;
	}
	if (differ > MAX_SHOWN)
		printf("# and %d more\n", differ - MAX_SHOWN);
	return differ;
}

/**
 * tables_check() - compare what the kernel logged with the tables, as KTAP
 * @log: the kernel's log
 * @dirs: where the tables are, as for tables_initrd()
 *
 * Return: exit code.
 */
int tables_check(const char *log, char **dirs)
{
	int nfailed = 0, nlost = 0, nlines = 0, ndiffer = 0;

	load(dirs);
	load_log(log);
	for (int i = 0; i < ntables; i++) {
		struct table *t = &tables[i];
		struct reading *r = read_table(t);
		char *text = reading_text(r), *line, *save;
		bool loses_unit = false;
		int differ;

		for (line = strtok_r(text, "\n", &save); line;
		     line = strtok_r(NULL, "\n", &save))
			add_line(&t->expected, line);
		sort_lines(&t->expected);
		sort_lines(&t->seen);
		differ = compare(&t->expected, &t->seen, &loses_unit);
		printf("%sok %d %s\n", differ ? "not " : "", i + 1, t->name);
		nlines += t->expected.n;
		ndiffer += differ;
		nfailed += !!differ;
		nlost += loses_unit;
		free(text);
		free(r);
	}
	printf("# %d tables, %d lines; %d differences in %d tables, %d tables lose a unit\n",
	       ntables, nlines, ndiffer, nfailed, nlost);
	return !!nfailed;
}
