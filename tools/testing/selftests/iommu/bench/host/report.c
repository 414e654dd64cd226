// SPDX-License-Identifier: GPL-2.0-only
/* The table, what it has to show, and the same for spreadsheets. */
#include <errno.h>
#include <fnmatch.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"

/* What is promised; NOISE is what two runs of one kernel may differ by. */
#define NOISE	0.002

static const struct limit {
	const char *pattern;
	double ratio;		/* patched to unpatched, or 0 */
	double most;		/* of the patched kernel's value, or 0 */
} limits[] = {
	{ "switch-512M",	0.10, 0 },
	{ "claim-free-*",	1.005, 0 },
	{ "claim-refused-*",	0.8, 0 },
	{ "map-unmap-*",	1.0 + NOISE, 0 },
	{ "report-calls-*",	0, 1 },
	{ "probe-added-growth-*",	0, 1.5 },
	{ "join-window-*",	1.05, 0 },
	{ "join-spread-*",	0, 1.3 },
	{ "pasid-rid-*",	1.0, 0 },
	{ "pasid-global-*",	1.25, 0 },
	{ "pasid-attach",	1.02, 0 },
	{ "pasid-bytes-*",	1.0, 0 },
	{ "pasid-fixed-bytes",	0, 64 },
	{ "pasid-contended",	0, 0 },
	/* A tree of numbers, here as there, is the deeper the more there are */
	{ "pasid-spread-rid",	1.0, 0 },
	{ "pasid-spread-global",	1.1, 0 },
};

static struct result *find(const struct bench *b, const char *name)
{
	for (int i = 0; i < b->nresults; i++)
		if (!strcmp(b->results[i].name, name))
			return (struct result *)&b->results[i];
	return NULL;
}

void report_set(struct bench *b, int kernel, const char *name, double val)
{
	struct result *r = find(b, name);

	if (!r) {
		if (b->nresults == MAX_CASES)
			die("more than %d cases", MAX_CASES);
		r = &b->results[b->nresults++];
		r->name = xstrdup(name);
	}
	r->val[kernel] = val;
}

static double value(const struct bench *b, int kernel, const char *name)
{
	struct result *r = find(b, name);

	if (!r || !r->val[kernel])
		die("\"%s\" was not measured", name);
	return r->val[kernel];
}

static double added(const struct bench *b, const char *name)
{
	return value(b, PATCHED, name) - value(b, UNPATCHED, name);
}

/* However many are live, it has to cost the same: the most by the least */
static void spread(struct bench *b, const char *topic, const char *what,
		   const char * const *live)
{
	char name[64];

	for (int k = 0; k < KERNELS; k++) {
		double most = 0, least = 0;

		for (int i = 0; live[i]; i++) {
			double val;

			snprintf(name, sizeof(name), "%s-%s-%s", topic, what,
				 live[i]);
			val = value(b, k, name);
			most = val > most ? val : most;
			least = !i || val < least ? val : least;
		}
		snprintf(name, sizeof(name), "%s-spread-%s", topic, what);
		report_set(b, k, name, most / least);
	}
}

/*
 * Probing a device costs more the more there are, on any kernel, as what it
 * allocates comes from new slabs. What the series adds has a share in that; a
 * look at each of the others would make it grow many times over.
 */
void report_derive(struct bench *b)
{
	static const int regions[] = { 0, 1, 16 };
	static const char * const pasids[] = { "0", "1000", "65536", "1000000",
					       NULL };
	static const char * const buffers[] = { "0", "1000", "100000", NULL };

	for (int i = 0; i < ARRAY_SIZE(regions); i++) {
		char one[64], many[64], name[64];

		snprintf(one, sizeof(one), "probe-%d-regions-1-devices",
			 regions[i]);
		snprintf(many, sizeof(many), "probe-%d-regions-1000-devices",
			 regions[i]);
		snprintf(name, sizeof(name), "probe-added-growth-%d-regions",
			 regions[i]);
		report_set(b, UNPATCHED, name, 1);
		report_set(b, PATCHED, name, added(b, many) / added(b, one));
	}
	spread(b, "pasid", "rid", pasids);
	spread(b, "pasid", "global", pasids);
	spread(b, "join", "window", buffers);
	spread(b, "join", "direct", buffers);
	/* The machine changes processors rarely: they must meet at one lock */
	if (!find(b, "pasid-contended")->val[UNPATCHED])
		die("no task waited on the unpatched kernel either: more rounds?");
}

static const struct limit *limit_of(const struct result *r)
{
	for (int i = 0; i < ARRAY_SIZE(limits); i++)
		if (!fnmatch(limits[i].pattern, r->name, 0))
			return &limits[i];
	return NULL;
}

/* Of what the unpatched kernel has nothing of, there is none */
static double ratio(const struct result *r)
{
	return r->val[UNPATCHED] ? r->val[PATCHED] / r->val[UNPATCHED] : 0;
}

bool report_print(const struct bench *b)
{
	int failed = 0, passed = 0;

	printf("%-32s %12s %12s %8s  %s\n", "case", "unpatched", "patched",
	       "ratio", "limit");
	for (int i = 0; i < b->nresults; i++) {
		const struct result *r = &b->results[i];
		const struct limit *l = limit_of(r);
		int digits = r->val[UNPATCHED] < 100 ? 3 : 0;
		bool ok = true;

		printf("%-32s %12.*f %12.*f %8.4f", r->name, digits,
		       r->val[UNPATCHED], digits, r->val[PATCHED], ratio(r));
		if (l && l->ratio) {
			ok = ratio(r) <= l->ratio;
			printf("  ratio <= %g", l->ratio);
		} else if (l) {
			ok = r->val[PATCHED] <= l->most;
			printf("  patched <= %g", l->most);
		}
		if (l) {
			printf(": %s", ok ? "pass" : "FAIL");
			passed += ok;
			failed += !ok;
		}
		printf("\n");
	}
	printf("%d passed, %d failed\n", passed, failed);
	return !failed;
}

void report_csv(const struct bench *b, const char *path)
{
	char *tmp = xasprintf("%s.tmp", path);
	FILE *f = fopen(tmp, "we");

	if (!f)
		die("cannot create %s: %s", tmp, strerror(errno));
	fprintf(f, "case,unpatched,patched,ratio\n");
	for (int i = 0; i < b->nresults; i++) {
		const struct result *r = &b->results[i];

		fprintf(f, "%s,%.10g,%.10g,%.4f\n", r->name, r->val[UNPATCHED],
			r->val[PATCHED], ratio(r));
	}
	if (ferror(f) | fclose(f) || rename(tmp, path))
		die("cannot write %s: is the disk full?", path);
}
