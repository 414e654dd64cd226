// SPDX-License-Identifier: GPL-2.0-only
/*
 * The initrd of a scenario: firmware tables in front, where the kernel looks
 * for replacements, then init and the scenario. Uncompressed "newc" cpio.
 */
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cpio.h"
#include "lab.h"

#define TABLE_DIR "kernel/firmware/acpi"

static void pad4(FILE *f, size_t len)
{
	while (len++ & 3)
		fputc(0, f);
}

void cpio_entry(FILE *f, const char *name, unsigned int mode, const void *data,
		size_t len)
{
	static unsigned int ino;
	size_t nlen = strlen(name) + 1;

	fprintf(f, "070701%08x%08x%08x%08x%08x%08x%08zx%08x%08x%08x%08x%08zx%08x",
		++ino, mode, 0, 0, 1, 0, len, 0, 0, 0, 0, nlen, 0);
	fwrite(name, 1, nlen, f);
	pad4(f, 110 + nlen);
	fwrite(data, 1, len, f);
	pad4(f, len);
}

void cpio_file(FILE *f, const char *name, unsigned int mode, const char *path)
{
	size_t len;
	void *data = read_file(path, &len);

	if (!data)
		die("cannot read %s: %s", path, strerror(errno));
	cpio_entry(f, name, S_IFREG | mode, data, len);
	free(data);
}

/* An early archive ends on its own, and the next starts on a boundary. */
void cpio_end(FILE *f)
{
	cpio_entry(f, "TRAILER!!!", 0, "", 0);
	while (ftell(f) & 511)
		fputc(0, f);
}

static void add_tables(FILE *f, const struct options *opt,
		       const struct machine *m, const char *table)
{
	char *name = xasprintf(TABLE_DIR "/%s.aml", m->table);

	cpio_entry(f, "kernel", S_IFDIR | 0755, "", 0);
	cpio_entry(f, "kernel/firmware", S_IFDIR | 0755, "", 0);
	cpio_entry(f, TABLE_DIR, S_IFDIR | 0755, "", 0);
	cpio_file(f, name, 0644, table);
	free(name);
	if (m->dsdt) {
		name = xasprintf("%s/%s.aml", opt->build, m->dsdt);
		cpio_file(f, TABLE_DIR "/dsdt.aml", 0644, name);
		free(name);
	}
	cpio_end(f);
}

static void add_files(FILE *f, const char *to, const char *dir)
{
	struct dirent **list;
	int n = scandir(dir, &list, NULL, alphasort);

	if (n < 0)
		die("cannot read %s: %s", dir, strerror(errno));
	cpio_entry(f, to, S_IFDIR | 0755, "", 0);
	for (int i = 0; i < n; i++) {
		char *path = xasprintf("%s/%s", dir, list[i]->d_name);
		char *name = xasprintf("%s/%s", to, list[i]->d_name);

		if (*list[i]->d_name != '.')
			cpio_file(f, name, 0755, path);
		free(name);
		free(path);
		free(list[i]);
	}
	free(list);
}

/* Returns the path, for the caller to unlink when the machine is over. */
char *initrd_build(const struct options *opt, const struct machine *m,
		   const struct scenario *scn, const char *table, bool shell)
{
	char *path = xasprintf("%s/%s/%s.initrd", opt->out, opt->name,
			       scn->name);
	FILE *f = fopen(path, "we");
	char *init;

	if (!f)
		die("cannot create %s: %s", path, strerror(errno));
	if (table)
		add_tables(f, opt, m, table);
	init = xasprintf("%s/%s", opt->build, m->init);
	cpio_entry(f, "dev", S_IFDIR | 0755, "", 0);
	cpio_file(f, "init", 0755, init);
	cpio_file(f, "scenario.scn", 0644, scn->path);
	if (opt->tests)
		add_files(f, "tests", opt->tests);
	if (opt->modules)
		add_files(f, "modules", opt->modules);
	if (shell) {
		cpio_entry(f, "bin", S_IFDIR | 0755, "", 0);
		cpio_file(f, "busybox", 0755, "/bin/busybox");
	}
	cpio_end(f);
	free(init);
	if (ferror(f) | fclose(f)) {
		unlink(path);
		die("cannot write %s: is the disk full?", path);
	}
	return path;
}
