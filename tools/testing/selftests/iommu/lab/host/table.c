// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who may take which device: vendors and kernels side by side. The same kind
 * of device with the same kind of region gets one answer from all vendors.
 * Then, what tells the kernels apart, with several bases side by side.
 */
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <stdlib.h>

#include "lab.h"

#define MAX_ROWS	128

static const char * const kernels[NKERNELS] = {
	[PATCHED] = "patched", [UNPATCHED] = "unpatched",
};

/* As scenarios' names begin */
static const struct vendor {
	const char *prefix;
	const char *head;
} vendors[] = {
	{ "intel-", "Intel" }, { "amd-", "AMD" }, { "arm-", "Arm" },
};

#define NVENDORS ((int)ARRAY_SIZE(vendors))

/* A device of a scenario */
struct row {
	char *key;		/* scenario and device */
	char *label;
	char *resv;
	char *group[NKERNELS];
	char *cdev[NKERNELS];
};

/* Devices that differ in nothing but the vendor */
struct line {
	const char *label;
	const char *kind;
	char *answer[NVENDORS][NKERNELS];
};

static struct row rows[MAX_ROWS];
static struct line lines[MAX_ROWS];
static int nrows, nlines;

static struct row *get_row(const char *scn, const char *dev, bool create)
{
	char *key = xasprintf("%s/%s", scn, dev);
	struct row *row = NULL;

	for (int i = 0; i < nrows && !row; i++)
		if (!strcmp(rows[i].key, key))
			row = &rows[i];
	if (!row && create) {
		if (nrows == MAX_ROWS)
			die("more than %d rows", MAX_ROWS);
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
}

static void take_file(const char *path, const char *scn, int base, int kernel)
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
			differ_step(scn, base, kernel, atoi(f[1]), f[3], f[4], f[5]);
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

static int take_dir(const char *dir, int base, int kernel)
{
	char *sub = xasprintf("%s/%s", dir, kernels[kernel]);
	struct dirent **list;
	int n = scandir(sub, &list, is_tsv, alphasort);

	for (int i = 0; i < n; i++) {
		char *path = xasprintf("%s/%s", sub, list[i]->d_name);

		*strrchr(list[i]->d_name, '.') = '\0';
		take_file(path, list[i]->d_name, base, kernel);
		free(path);
		free(list[i]);
	}
	free(sub);
	return n > 0;
}

/* What the kernel makes of the device's regions; the machine's do not count. */
static const char *kind(const char *resv)
{
	if (!resv)
		return "?";
	if (strstr(resv, "direct 0x"))
		return "direct";
	return strstr(resv, "direct-relaxable 0x") ? "relaxable" : "none";
}

/* VFIO's own and iommufd's answer, printed once if they agree */
static char *answer(const struct row *row, int k)
{
	const char *group = row->group[k], *cdev = row->cdev[k];

	if (!group || !cdev || !strcmp(group, cdev))
		return xstrdup(group ? group : cdev ? cdev : "-");
	return xasprintf("%s, cdev %s", group, cdev);
}

static int row_vendor(const struct row *row)
{
	for (int v = 0; v < NVENDORS; v++)
		if (!strncmp(row->key, vendors[v].prefix,
			     strlen(vendors[v].prefix)))
			return v;
	die("%s: no vendor's name begins like that", row->key);
}

/* Is there room for these answers, or are they there already? */
static bool fits(const struct line *l, int v, char * const *got)
{
	for (int k = 0; k < NKERNELS; k++)
		if (l->answer[v][k] && strcmp(l->answer[v][k], got[k]))
			return false;
	return true;
}

static void add_row(const struct row *row)
{
	const char *kd = kind(row->resv);
	char *got[NKERNELS];
	int v = row_vendor(row), i;

	for (int k = 0; k < NKERNELS; k++)
		got[k] = answer(row, k);
	for (i = 0; i < nlines; i++)
		if (!strcmp(lines[i].label, row->label) &&
		    !strcmp(lines[i].kind, kd) && fits(&lines[i], v, got))
			break;
	if (i == nlines)
		nlines++;
	lines[i].label = row->label;
	lines[i].kind = kd;
	memcpy(lines[i].answer[v], got, sizeof(got));
}

static int count(const struct line *l)
{
	int n = 0;

	for (int v = 0; v < NVENDORS; v++)
		n += !!l->answer[v][PATCHED];
	return n;
}

/* Do the vendors that have such a device agree, on the patched kernel? */
static bool agree(const struct line *l)
{
	const char *first = NULL;

	for (int v = 0; v < NVENDORS; v++) {
		const char *got = l->answer[v][PATCHED];

		if (!first)
			first = got;
		if (got && strcmp(got, first))
			return false;
	}
	return true;
}

/* What several vendors have comes first. */
static int by_weight(const void *a, const void *b)
{
	const struct line *x = a, *y = b;
	int cmp = count(y) - count(x);

	if (!cmp)
		cmp = strcmp(x->kind, y->kind);
	return cmp ? cmp : strcmp(x->label, y->label);
}

static void print_line(const struct line *l, int width)
{
	printf("%-*s  %-9s", width, l->label, l->kind);
	for (int v = 0; v < NVENDORS; v++) {
		char * const *got = l->answer[v];
		char *both = got[0] ? xasprintf("%s / %s", got[0], got[1]) :
			     xstrdup("-");

		printf(v < NVENDORS - 1 ? "  %-19s" : "  %s", both);
		free(both);
	}
	printf("%s\n", agree(l) ? "" : "  <- differ");
}

static int print_base(const char *name, const char *dir, int base)
{
	bool any = false;
	int bad = 0, width = 0;

	nrows = 0;
	nlines = 0;
	memset(rows, 0, sizeof(rows));
	memset(lines, 0, sizeof(lines));
	for (int k = 0; k < NKERNELS; k++)
		any |= take_dir(dir, base, k);
	if (!any || !nrows)
		die("no results in %s; run \"lab run\" first", dir);
	for (int i = 0; i < nrows; i++)
		add_row(&rows[i]);
	qsort(lines, nlines, sizeof(*lines), by_weight);
	for (int i = 0; i < nlines; i++) {
		bad += !agree(&lines[i]);
		if ((int)strlen(lines[i].label) > width)
			width = strlen(lines[i].label);
	}

	printf("Who may take a device, through VFIO or iommufd: %s / %s kernel%s%s\n",
	       kernels[PATCHED], kernels[UNPATCHED], name ? ", " : "",
	       name ? name : "");
	printf("A direct region is firmware's at all times, ");
	printf("a relaxable one until the device is assigned.\n\n");
	printf("%-*s  %-9s", width, "device", "region");
	for (int v = 0; v < NVENDORS; v++)
		printf(v < NVENDORS - 1 ? "  %-19s" : "  %s\n",
		       vendors[v].head);
	for (int i = 0; i < width + 2 + 9 + NVENDORS * (2 + 19); i++)
		putchar('-');
	printf("\n");
	for (int i = 0; i < nlines; i++)
		print_line(&lines[i], width);
	if (bad)
		fprintf(stderr, "lab: vendors differ in %d rows\n", bad);
	return bad;
}

/* Each of @args is DIR, or NAME=DIR. Exit code: 1 if vendors differ where they should not */
int table_print(char **args, int n)
{
	char *names[MAX_BASES] = { 0 };
	int bad = 0;

	if (n > MAX_BASES)
		die("more than %d bases", MAX_BASES);
	for (int b = 0; b < n; b++) {
		char *dir = args[b] + strcspn(args[b], "=/");

		/* A path may have that sign, a name has no slash */
		if (*dir == '=') {
			*dir++ = '\0';
			names[b] = args[b];
		} else if (n > 1) {
			die("%s: which base? Say NAME=DIR", args[b]);
		} else {
			dir = args[b];
		}
		if (b)
			printf("\n");
		bad += print_base(names[b], dir, b);
	}
	differ_print(names, n);
	return bad > 0;
}
