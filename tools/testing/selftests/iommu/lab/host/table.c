// SPDX-License-Identifier: GPL-2.0-only
/* Who may take which device: the result of two kernels side by side. */
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <stdlib.h>

#include "lab.h"

#define MAX_ROWS	64
#define NCOLUMNS	6

static const char * const kernels[NKERNELS] = {
	[PATCHED] = "patched", [UNPATCHED] = "unpatched",
};

struct row {
	char *key;		/* scenario and device */
	char *label;
	char *resv;
	char *group[NKERNELS];
	char *cdev[NKERNELS];
	char *faults[NKERNELS];
};

static struct row rows[MAX_ROWS];
static int nrows;

static struct row *get_row(const char *scn, const char *dev, bool create)
{
	char *key = xasprintf("%s/%s", scn, dev);
	struct row *row = NULL;

	for (int i = 0; i < nrows && !row; i++)
		if (!strcmp(rows[i].key, key))
			row = &rows[i];
	if (!row && create && nrows < MAX_ROWS) {
		row = &rows[nrows++];
		row->key = key;
		return row;
	}
	free(key);
	return row;
}

static void set(char **cell, const char *val)
{
	free(*cell);
	*cell = xstrdup(val);
}

/* "ok" means the user got the device; an error's first word says why not. */
static void set_claim(char **cell, const char *verdict, const char *got)
{
	char *s = xstrdup(strcmp(got, "ok") ? got : "assigned");
	char *bad;

	s[strcspn(s, " ")] = '\0';
	bad = xasprintf("%s%s", s, strcmp(verdict, "not ok") ? "" : " (!)");
	set(cell, *got ? bad : "?");
	free(bad);
	free(s);
}

/* Messages are rate-limited: add what only the interrupts counted. */
static void set_faults(char **cell, const char *got)
{
	unsigned long n, more;
	char *sum;

	if (sscanf(got, "%lu and %lu unreported", &n, &more) == 2) {
		sum = n ? xasprintf("%lu", n + more) : xstrdup("?");
		set(cell, sum);
		free(sum);
		return;
	}
	set(cell, *got ? got : "?");
}

static void take_step(const char *scn, int kernel, const char *verdict,
		      char *text, const char *got)
{
	char *verb = text, *dev = strchr(text, ' ');
	struct row *row;

	if (!dev)
		return;
	*dev++ = '\0';
	dev[strcspn(dev, " ")] = '\0';
	row = get_row(scn, dev, false);
	if (!row)
		return;
	/* Where they disagree, the patched kernel's, which is read first. */
	if (!strcmp(verb, "resv") && !row->resv)
		set(&row->resv, got);
	else if (!strcmp(verb, "vfio_group"))
		set_claim(&row->group[kernel], verdict, got);
	else if (!strcmp(verb, "vfio_cdev"))
		set_claim(&row->cdev[kernel], verdict, got);
	else if (!strcmp(verb, "faults"))
		set_faults(&row->faults[kernel], got);
}

static void take_file(const char *path, const char *scn, int kernel)
{
	char *text = read_file(path, NULL), *save = NULL, *line;

	if (!text)
		die("cannot read %s: %s", path, strerror(errno));
	for (line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		char *f[6] = { 0 };
		int n = 0;

		while (n < 6 && (f[n] = strsep(&line, "\t")))
			n++;
		if (n == 3 && !strcmp(f[0], "row"))
			set(&get_row(scn, f[1], true)->label, f[2]);
		if (n == 2 && !strcmp(f[0], "title"))
			differ_title(scn, f[1]);
		if (n == 6 && !strcmp(f[0], "step")) {
			differ_step(scn, kernel, atoi(f[1]), f[3], f[4], f[5]);
			take_step(scn, kernel, f[2], f[3], f[4]);
		}
	}
	free(text);
}

static int is_tsv(const struct dirent *de)
{
	const char *dot = strrchr(de->d_name, '.');

	return dot && !strcmp(dot, ".tsv");
}

static int take_dir(const char *dir, int kernel)
{
	char *sub = xasprintf("%s/%s", dir, kernels[kernel]);
	struct dirent **list;
	int n = scandir(sub, &list, is_tsv, alphasort);

	for (int i = 0; i < n; i++) {
		char *path = xasprintf("%s/%s", sub, list[i]->d_name);

		*strrchr(list[i]->d_name, '.') = '\0';
		take_file(path, list[i]->d_name, kernel);
		free(path);
		free(list[i]);
	}
	free(sub);
	return n > 0;
}

/* "direct 0x3e000000-0x3e00ffff" into its range and its kind. */
static void split_resv(const char *resv, char **range, char **kind)
{
	const char *sp = resv ? strchr(resv, ' ') : NULL;

	if (!sp || !strncmp(resv, "no ", 3)) {
		*range = xstrdup(resv ? resv : "?");
		*kind = xstrdup("-");
		return;
	}
	*range = xstrdup(sp + 1);
	*kind = xasprintf("%.*s", (int)(sp - resv), resv);
	if (!strcmp(*kind, "direct-relaxable"))
		set(kind, "relaxable");
}

static char *both(char *const *cell)
{
	return xasprintf("%s / %s", cell[0] ? cell[0] : "-",
			 cell[1] ? cell[1] : "-");
}

int table_print(const char *dir)
{
	static const char * const head[NCOLUMNS] = {
		"device", "firmware region", "kind", "VFIO (type1)", "iommufd",
		"firmware DMA faults",
	};
	char *cells[MAX_ROWS + 1][NCOLUMNS];
	size_t width[NCOLUMNS] = { 0 };
	bool any = false;

	for (int k = 0; k < NKERNELS; k++)
		any |= take_dir(dir, k);
	if (!any || !nrows)
		die("no results in %s; run \"lab run\" first", dir);

	for (int c = 0; c < NCOLUMNS; c++)
		cells[0][c] = xstrdup(head[c]);
	for (int i = 0; i < nrows; i++) {
		char **cell = cells[i + 1];

		cell[0] = rows[i].label;
		split_resv(rows[i].resv, &cell[1], &cell[2]);
		cell[3] = both(rows[i].group);
		cell[4] = both(rows[i].cdev);
		cell[5] = both(rows[i].faults);
	}
	for (int i = 0; i <= nrows; i++)
		for (int c = 0; c < NCOLUMNS; c++)
			if (strlen(cells[i][c]) > width[c])
				width[c] = strlen(cells[i][c]);

	printf("Each pair of answers: %s / %s kernel\n\n", kernels[0],
	       kernels[1]);
	for (int i = 0; i <= nrows; i++) {
		for (int c = 0; c < NCOLUMNS; c++)
			printf(c < NCOLUMNS - 1 ? "%-*s  " : "%.0d%s",
			       c < NCOLUMNS - 1 ? (int)width[c] : 0,
			       cells[i][c]);
		printf("\n");
		for (int c = 0; !i && c < NCOLUMNS; c++) {
			for (size_t w = 0; w < width[c]; w++)
				putchar('-');
			printf(c < NCOLUMNS - 1 ? "  " : "\n");
		}
	}
	differ_print();
	return 0;
}
