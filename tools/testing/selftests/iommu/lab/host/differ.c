// SPDX-License-Identifier: GPL-2.0-only
/* What differs: of every scenario, the step that shows it best, on each base. */
#include <stdlib.h>
#include <string.h>

#include "lab.h"

#define MAX_SCENARIOS	128

struct diff {
	char *scn;
	char *title;
	struct diff_step {
		char *text;
		char *got[MAX_BASES][NKERNELS];
		char *expect[MAX_BASES][NKERNELS];
	} steps[SCN_MAX_STEPS];
};

static struct diff *diffs[MAX_SCENARIOS];

/* What devices did comes first, the kernel's messages about it last. */
static const char * const verbs[] = {
	"dma", "fw_await", "reset", "domain", "vdpa", "same_group", "attaches",
	"vfio_group", "vfio_compat", "vfio_cdev", "resv", "read", "dmesg", "splat",
};

static struct diff *get_diff(const char *scn)
{
	int i;

	for (i = 0; i < MAX_SCENARIOS && diffs[i]; i++)
		if (!strcmp(diffs[i]->scn, scn))
			return diffs[i];
	if (i == MAX_SCENARIOS)
		die("more than %d scenarios", MAX_SCENARIOS);
	diffs[i] = xcalloc(sizeof(*diffs[i]));
	diffs[i]->scn = xstrdup(scn);
	diffs[i]->title = xstrdup(scn);
	return diffs[i];
}

void differ_title(const char *scn, const char *title)
{
	struct diff *d = get_diff(scn);

	free(d->title);
	d->title = xstrdup(title);
}

void differ_step(const char *scn, int base, int kernel, int n, const char *text,
		 const char *got, const char *expect)
{
	struct diff_step *s;

	if (n < 1 || n > SCN_MAX_STEPS)
		return;
	s = &get_diff(scn)->steps[n - 1];
	free(s->text);
	s->text = xstrdup(text);
	s->got[base][kernel] = xstrdup(got);
	s->expect[base][kernel] = xstrdup(expect);
}

static bool tells_apart(const struct diff_step *s, int base)
{
	char * const *got = s->got[base], * const *expect = s->expect[base];

	return got[PATCHED] && got[UNPATCHED] &&
	       strcmp(got[PATCHED], got[UNPATCHED]) &&
	       strcmp(expect[PATCHED], expect[UNPATCHED]) &&
	       strcmp(expect[UNPATCHED], "any");
}

/* Smaller is better; NOTHING: on no base there is something to show */
#define NOTHING	((int)ARRAY_SIZE(verbs) * MAX_BASES)

static int rank(const struct diff_step *s)
{
	size_t len = s->text ? strcspn(s->text, " ") : 0;
	int bases = 0;

	for (int b = 0; b < MAX_BASES; b++)
		bases += tells_apart(s, b);
	if (!bases)
		return NOTHING;
	for (int i = 0; i < ARRAY_SIZE(verbs); i++)
		if (strlen(verbs[i]) == len && !strncmp(verbs[i], s->text, len))
			return i * MAX_BASES + MAX_BASES - bases;
	return NOTHING;
}

static void cell(const char *s, int width)
{
	bool cut = (int)strlen(s) > width;

	printf("%-*.*s%s", cut ? width - 2 : width, cut ? width - 2 : width, s,
	       cut ? ".." : "");
}

static void start_line(const char *title, const char *step)
{
	cell(title, 54);
	printf("  ");
	cell(step, 20);
}

/* "EPERM at SET_CONTAINER": the call would only repeat what the step says. */
static char *shorten(const char *got)
{
	const char *at = strstr(got, " at ");

	return at ? xasprintf("%.*s", (int)(at - got), got) : xstrdup(got);
}

static void print_diff(const struct diff *d, int bases)
{
	const struct diff_step *best = &d->steps[0];
	char *title, *step;

	for (int i = 1; i < SCN_MAX_STEPS; i++)
		if (rank(&d->steps[i]) < rank(best))
			best = &d->steps[i];
	if (rank(best) == NOTHING)
		return;
	/* "rounds=" says how often, not what. */
	step = xstrdup(best->text);
	if (strstr(step, " rounds="))
		*strstr(step, " rounds=") = '\0';
	title = xasprintf("%.*s: %s", (int)strcspn(d->scn, "-"), d->scn,
			  d->title);
	start_line(title, step);
	for (int b = 0; b < bases; b++) {
		for (int k = NKERNELS - 1; k >= 0; k--) {
			const char *raw = best->got[b][k];
			char *got = shorten(raw ? raw : "-");

			printf("  ");
			cell(got, 10);
			free(got);
		}
	}
	printf("\n");
	free(title);
	free(step);
}

/* @names: of the bases; the only one may do without */
void differ_print(char * const *names, int bases)
{
	printf("\n");
	start_line("What differs", "step");
	for (int b = 0; b < bases; b++) {
		char *stock = names[b] ? xasprintf("%s stock", names[b]) :
			      xstrdup("unpatched");

		printf("  %-10s  %-10s", stock, "patched");
		free(stock);
	}
	printf("\n");
	for (int i = 0; i < 54 + 2 + 20 + bases * 24; i++)
		putchar('-');
	printf("\n");
	for (int i = 0; i < MAX_SCENARIOS && diffs[i]; i++)
		print_diff(diffs[i], bases);
}
