/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LAB_H
#define LAB_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

#include "../scenario.h"
#include "../util.h"

#define MAX_JOBS	64
#define ARM_MACHINE	"virt,iommu=smmuv3,gic-version=3"

/* What a kind of machine needs; scenarios name it. */
struct machine {
	const char *name;
	const char *init;	/* the guest's init among the build products */
	const char *arch;
	const char *table;	/* the ACPI table that lists its regions, or NULL: */
	bool dtb;		/* the device tree does */
	const char *dsdt;	/* replaces QEMU's, too, or NULL */
	const char *cmdline;
};

struct options {
	const char *build;	/* where lab, init and tables were built */
	const char *kernel;
	const char *name;	/* "patched", "unpatched", ... */
	const char *base;	/* "6.12", "7.3", ...; NULL: not known */
	const char *kernel_name; /* both, as outcomes know the kernel */
	const char *out;
	const char *accel;
	const char *tests;	/* programs for the guest, or NULL */
	const char *modules;	/* those that its kernel lacks, or NULL */
	const char *scenarios;	/* which directory of scenarios */
	int jobs;
	int timeout;		/* of a hung machine, never of a test */
};

/* Those that the table compares */
enum { PATCHED, UNPATCHED, NKERNELS };

/* Of several kernel series, side by side */
#define MAX_BASES	4

enum verdict { MISSING, PASS, FAIL, SKIP };

struct run {
	struct scenario *scn;
	pid_t pid;
	int fd;
	FILE *log;
	char *initrd;
	char *dtb;
	time_t deadline;
	bool done;
	bool timed_out;
	char line[4096];
	size_t len;
	char *ktap;		/* collected lines */
	size_t ktap_len;
	FILE *ktap_stream;
	char *tail[20];		/* last console lines, a ring */
	unsigned int ntail;
	enum verdict verdicts[SCN_MAX_STEPS];
	char *got[SCN_MAX_STEPS];
	char *bail;
};

struct totals {
	unsigned int pass, fail, skip;
};

/* initrd.c */
char *initrd_build(const struct options *opt, const struct machine *m,
		   const struct scenario *scn, const char *table, bool shell);

/* firmware.c */
char *firmware_build(const struct options *opt, const struct machine *m,
		     struct scenario *scn);

/* tool.c */
void tool_run(const char *package, const char *input, const char *dir,
	      const char * const *argv);

/* dtb.c */
char *dtb_build(const struct options *opt, const struct scenario *scn);

/* qemu.c */
const struct machine *machine_find(const struct scenario *scn);
noreturn
void qemu_exec(const struct options *opt, const struct machine *m,
	       const struct scenario *scn, const char *initrd, const char *dtb,
	       const char *append);

/* run.c */
int run_all(const struct options *opt, struct scenario **scns, int n);
int run_shell(const struct options *opt, struct scenario *scn);

/* result.c */
void result_remove(const struct options *opt, const struct scenario *scn);
void result_line(struct run *r, const char *line);
bool result_finish(const struct options *opt, struct run *r, int number,
		   struct totals *tot);

/* differ.c */
void differ_title(const char *scn, const char *title);
void differ_step(const char *scn, int base, int kernel, int n, const char *text,
		 const char *got, const char *expect);
void differ_print(char * const *names, int bases);

/* compare.c */
int compare_print(const char *dir);

/* tables.c */
int tables_make(const char *dir);
int tables_initrd(const char *file, char **dirs);
int tables_check(const char *log, char **dirs);

/* table.c */
int table_print(char **args, int n);

#endif
