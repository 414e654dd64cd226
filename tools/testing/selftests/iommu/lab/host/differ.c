// SPDX-License-Identifier: GPL-2.0-only
/* What differs: of every scenario, the step that shows it best. */
#include <stdlib.h>
#include <string.h>

#include "lab.h"

#define MAX_SCENARIOS	128

struct diff {
	char *scn;
	char *title;
	struct diff_step {
		char *text;
		char *got[NKERNELS];
		char *expect[NKERNELS];
	} steps[SCN_MAX_STEPS];
};

static struct diff *diffs[MAX_SCENARIOS];

/* What devices really did comes first, what the kernel says of it last. */
static const char * const verbs[] = {
	"dma", "fw_await", "domain", "same_group", "attaches", "vfio_group",
	"vfio_compat", "vfio_cdev", "resv", "read", "dmesg", "splat",
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

void differ_step(const char *scn, int kernel, int n, const char *text,
		 const char *got, const char *expect)
{
	struct diff_step *s;

	if (n < 1 || n > SCN_MAX_STEPS)
		return;
	s = &get_diff(scn)->steps[n - 1];
	free(s->text);
	s->text = xstrdup(text);
	s->got[kernel] = xstrdup(got);
	s->expect[kernel] = xstrdup(expect);
}

/* Smaller is better; as many as there are verbs: nothing to show */
static int rank(const struct diff_step *s)
{
	size_t len;

	if (!s->got[PATCHED] || !s->got[UNPATCHED] ||
	    !strcmp(s->got[PATCHED], s->got[UNPATCHED]) ||
	    !strcmp(s->expect[PATCHED], s->expect[UNPATCHED]) ||
	    !strcmp(s->expect[UNPATCHED], "any"))
		return ARRAY_SIZE(verbs);
	len = strcspn(s->text, " ");
	for (int i = 0; i < ARRAY_SIZE(verbs); i++)
		if (strlen(verbs[i]) == len && !strncmp(verbs[i], s->text, len))
			return i;
	return ARRAY_SIZE(verbs);
}

static void cell(const char *s, int width)
{
	bool cut = (int)strlen(s) > width;

	printf("%-*.*s%s", cut ? width - 2 : width, cut ? width - 2 : width, s,
	       cut ? ".." : "");
}

static void line(const char *title, const char *step, const char *unpatched,
		 const char *patched)
{
	cell(title, 54);
	printf("  ");
	cell(step, 20);
	printf("  ");
	cell(unpatched, 10);
	printf("  %.10s\n", patched);
}

/* "EPERM at SET_CONTAINER": the call would only repeat what the step says. */
static char *shorten(const char *got)
{
	const char *at = strstr(got, " at ");

	return at ? xasprintf("%.*s", (int)(at - got), got) : xstrdup(got);
}

static void print_diff(const struct diff *d)
{
	const struct diff_step *best = &d->steps[0];
	char *got[NKERNELS], *title, *step;

	for (int i = 1; i < SCN_MAX_STEPS; i++)
		if (d->steps[i].text && rank(&d->steps[i]) < rank(best))
			best = &d->steps[i];
	if (rank(best) == ARRAY_SIZE(verbs))
		return;
	for (int k = 0; k < NKERNELS; k++)
		got[k] = shorten(best->got[k]);
	/* "rounds=" says how often, not what. */
	step = xstrdup(best->text);
	if (strstr(step, " rounds="))
		*strstr(step, " rounds=") = '\0';
	title = xasprintf("%.*s: %s", (int)strcspn(d->scn, "-"), d->scn,
			  d->title);
	line(title, step, got[UNPATCHED], got[PATCHED]);
	free(title);
	free(step);
	for (int k = 0; k < NKERNELS; k++)
		free(got[k]);
}

void differ_print(void)
{
	printf("\n");
	line("What differs", "step", "unpatched", "patched");
	for (int i = 0; i < 100 - 2; i++)
		putchar('-');
	printf("\n");
	for (int i = 0; i < MAX_SCENARIOS && diffs[i]; i++)
		print_diff(diffs[i]);
}
