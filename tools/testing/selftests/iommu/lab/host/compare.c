// SPDX-License-Identifier: GPL-2.0-only
/*
 * Selftests on the patched against the unpatched kernel. Judged test by test,
 * so that one that is lost cannot hide behind one that is new.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lab.h"

#define MAX_PROGRAMS	64

struct test {
	char *name;
	enum verdict verdict;
	bool matched;		/* there is one of that name on the other kernel */
};

struct program {
	char *name;		/* with its devices */
	char *outcome;
	enum verdict verdict;	/* of the scenario's own expectation */
	struct test *tests;
	int ntests;
};

struct side {
	struct program programs[MAX_PROGRAMS];
	int nprograms;
	char **failed;		/* steps around the programs */
	int nfailed;
	char **signs;		/* of bugs in the kernel log */
	int nsigns;
};

struct row {
	char *name;
	struct totals t[NKERNELS];
	bool ran[NKERNELS];
};

static const char * const kernels[NKERNELS] = {
	[PATCHED] = "patched", [UNPATCHED] = "unpatched",
};

static const char * const words[] = {
	[MISSING] = "missing", [PASS] = "ok", [FAIL] = "not ok",
	[SKIP] = "skipped",
};

static struct row rows[2 * MAX_PROGRAMS];
static int nrows;
static int nresults, nbad;

static void *grow(void *list, int n, size_t size)
{
	list = realloc(list, (n + 1) * size);
	if (!list)
		die("out of memory");
	return list;
}

static void append(char ***list, int *n, const char *s)
{
	*list = grow(*list, *n, sizeof(**list));
	(*list)[(*n)++] = xstrdup(s);
}

/* "ok 3 NAME", "ok 3 NAME # SKIP why", "not ok 3 NAME"; the name or NULL. */
static char *parse(const char *line, enum verdict *verdict)
{
	bool bad = !strncmp(line, "not ok ", 7);
	char *end, *name, *skip;

	if (!bad && strncmp(line, "ok ", 3))
		return NULL;
	line += bad ? 7 : 3;
	strtoul(line, &end, 10);
	if (end == line)
		return NULL;
	name = xstrdup(end + strspn(end, " "));
	*verdict = bad ? FAIL : PASS;
	skip = strstr(name, " # ");
	if (skip) {
		if (!bad && !strncmp(skip, " # SKIP", 7))
			*verdict = SKIP;
		*skip = '\0';
	}
	return name;
}

static void add_test(struct program *p, const char *line)
{
	enum verdict verdict;
	char *name = parse(line, &verdict);

	if (!name)
		return;
	p->tests = grow(p->tests, p->ntests, sizeof(*p->tests));
	p->tests[p->ntests++] = (struct test) {
		.name = name,
		.verdict = verdict,
	};
}

/* A program's lines come first, then the step that ran it. */
static void read_ktap(struct side *side, const char *path)
{
	FILE *f = fopen(path, "re");
	struct program now = { 0 };
	char *line = NULL, *name, *colon;
	enum verdict verdict;
	size_t size = 0;

	if (!f)
		die("no results in %s: %s", path, strerror(errno));
	while (getline(&line, &size, f) > 0) {
		line[strcspn(line, "\r\n")] = '\0';
		if (!strncmp(line, "# | ", 4)) {
			add_test(&now, line + 4);
			continue;
		}
		name = parse(line, &verdict);
		if (!name)
			continue;
		if (strncmp(name, "test ", 5)) {
			if (verdict == FAIL)
				append(&side->failed, &side->nfailed, name);
			free(name);
			continue;
		}
		/* A device's address has colons, but no blank behind them. */
		colon = strstr(name, ": ");
		now.name = name + 5;
		now.verdict = verdict;
		if (verdict == SKIP)
			now.outcome = xstrdup(strstr(line, " # SKIP") + 7);
		else
			now.outcome = colon ? colon + 2 : xstrdup("");
		if (colon)
			*colon = '\0';
		if (side->nprograms == MAX_PROGRAMS)
			die("%s: more than %d programs", path, MAX_PROGRAMS);
		side->programs[side->nprograms++] = now;
		now = (struct program) { 0 };
	}
	/* What a program printed that did not come to its end */
	for (int i = 0; i < now.ntests; i++)
		if (now.tests[i].verdict == FAIL)
			append(&side->failed, &side->nfailed, now.tests[i].name);
	free(line);
	fclose(f);
}

/* Without what differs from boot to boot, or from build to build. */
static char *canonical(const char *line)
{
	const char *s = *line == '[' ? strchr(line, ']') : NULL;
	char *out = xcalloc(strlen(line) + 1), *o = out;

	for (s = s ? s + 1 + strspn(s + 1, " ") : line; *s;) {
		if (!strncmp(s, "0x", 2)) {
			s += 2;
			while (isxdigit((unsigned char)*s))
				s++;
			*o++ = '#';
		} else if (isdigit((unsigned char)*s)) {
			while (isdigit((unsigned char)*s))
				s++;
			*o++ = '#';
		} else {
			*o++ = *s++;
		}
	}
	return out;
}

static bool has(char **list, int n, const char *s)
{
	for (int i = 0; i < n; i++)
		if (!strcmp(list[i], s))
			return true;
	return false;
}

static void read_log(struct side *side, const char *path)
{
	FILE *f = fopen(path, "re");
	char *line = NULL, *sign;
	size_t size = 0;

	if (!f)
		die("no log %s: %s", path, strerror(errno));
	while (getline(&line, &size, f) > 0) {
		line[strcspn(line, "\r\n")] = '\0';
		if (strstr(line, "] lab: ") || !is_kernel_bug(line))
			continue;
		sign = canonical(line);
		if (!has(side->signs, side->nsigns, sign))
			append(&side->signs, &side->nsigns, sign);
		free(sign);
	}
	free(line);
	fclose(f);
}

static struct program *find_program(struct side *side, const char *name)
{
	for (int i = 0; i < side->nprograms; i++)
		if (!strcmp(side->programs[i].name, name))
			return &side->programs[i];
	return NULL;
}

/* The next of that name: a program may use one twice. */
static struct test *match(struct program *p, const char *name)
{
	for (int i = 0; p && i < p->ntests; i++)
		if (!p->tests[i].matched && !strcmp(p->tests[i].name, name)) {
			p->tests[i].matched = true;
			return &p->tests[i];
		}
	return NULL;
}

/*
 * Prints where the two differ, true if the patched kernel is the worse one:
 * what passes there without the patches has to pass, and what failed or was
 * skipped may not get any worse.
 */
static bool differences(struct program *patched, struct program *unpatched)
{
	static const int rank[] = {
		[MISSING] = 0, [FAIL] = 1, [SKIP] = 2, [PASS] = 3,
	};
	bool worse = false;

	for (int i = 0; unpatched && i < unpatched->ntests; i++) {
		struct test *u = &unpatched->tests[i];
		struct test *t = match(patched, u->name);
		enum verdict v = t ? t->verdict : MISSING;

		u->matched = true;
		if (v == u->verdict)
			continue;
		printf("# %s: unpatched %s, patched %s\n", u->name,
		       words[u->verdict], words[v]);
		worse |= rank[v] < rank[u->verdict];
	}
	for (int i = 0; i < patched->ntests; i++) {
		struct test *t = &patched->tests[i];

		if (t->matched)
			continue;
		printf("# %s: unpatched %s, patched %s\n", t->name,
		       words[MISSING], words[t->verdict]);
		worse |= t->verdict == FAIL;
	}
	return worse;
}

static void result(bool good, const char *what)
{
	printf("%sok %d %s\n", good ? "" : "not ", ++nresults, what);
	nbad += !good;
}

static void add_totals(struct row *r, int kernel, const struct program *p)
{
	r->ran[kernel] = p && p->verdict != SKIP;
	for (int i = 0; p && i < p->ntests; i++) {
		r->t[kernel].pass += p->tests[i].verdict == PASS;
		r->t[kernel].fail += p->tests[i].verdict == FAIL;
		r->t[kernel].skip += p->tests[i].verdict == SKIP;
	}
}

static void add_row(struct program *patched, struct program *unpatched,
		    const char *name)
{
	struct row *r = &rows[nrows];

	if (nrows == ARRAY_SIZE(rows))
		die("more than %d programs", ARRAY_SIZE(rows));
	r->name = xstrdup(name);
	add_totals(r, PATCHED, patched);
	add_totals(r, UNPATCHED, unpatched);
	if (r->ran[PATCHED] || r->ran[UNPATCHED])
		nrows++;
}

/* What is not as it should be about how a program ended, often "" */
static const char *ending(const struct program *p)
{
	const char *failed = strstr(p->outcome, "failed");

	return failed ? failed + strlen("failed") : p->outcome;
}

static bool is_worse(struct program *patched, struct program *unpatched)
{
	bool worse = patched->verdict == FAIL;

	/* With nothing to compare to, all there is has to be right. */
	if (!unpatched) {
		for (int i = 0; i < patched->ntests; i++)
			worse |= patched->tests[i].verdict == FAIL;
		return worse || *ending(patched);
	}
	worse |= differences(patched, unpatched);
	if (*ending(patched))
		worse |= !!strcmp(ending(patched), ending(unpatched));
	return worse;
}

static void compare_program(struct side *sides, struct program *p)
{
	struct program *u = find_program(&sides[UNPATCHED], p->name);
	bool skip = p->verdict == SKIP && (!u || u->verdict == SKIP);
	char *text;

	if (skip)
		text = xasprintf("%s # SKIP%s", p->name, p->outcome);
	else if (u && !strcmp(u->outcome, p->outcome))
		text = xasprintf("%s: %s, as unpatched", p->name, p->outcome);
	else
		text = xasprintf("%s: %s; unpatched: %s", p->name, p->outcome,
				 u ? u->outcome : "not reached");
	result(skip || !is_worse(p, u), text);
	add_row(p, u, p->name);
	free(text);
}

static void compare_lost(struct side *sides)
{
	for (int i = 0; i < sides[UNPATCHED].nprograms; i++) {
		struct program *u = &sides[UNPATCHED].programs[i];
		char *text;

		if (find_program(&sides[PATCHED], u->name))
			continue;
		text = xasprintf("%s: not reached; unpatched: %s", u->name,
				 u->outcome);
		result(false, text);
		add_row(NULL, u, u->name);
		free(text);
	}
}

static void compare_rest(struct side *sides, const char *scn)
{
	char *text = xasprintf("%s: all steps", scn);
	bool good = true;

	for (int i = 0; i < sides[UNPATCHED].nfailed; i++)
		printf("# unpatched: %s\n", sides[UNPATCHED].failed[i]);
	for (int i = 0; i < sides[PATCHED].nfailed; i++)
		printf("# patched: %s\n", sides[PATCHED].failed[i]);
	result(!sides[PATCHED].nfailed, text);
	free(text);

	for (int i = 0; i < sides[UNPATCHED].nsigns; i++)
		printf("# unpatched: %s\n", sides[UNPATCHED].signs[i]);
	for (int i = 0; i < sides[PATCHED].nsigns; i++) {
		char *sign = sides[PATCHED].signs[i];
		bool old = has(sides[UNPATCHED].signs, sides[UNPATCHED].nsigns,
			       sign);

		printf("# patched%s: %s\n", old ? "" : " only", sign);
		good &= old;
	}
	text = xasprintf("%s: no bug in the kernel log that is not in the unpatched one's",
			 scn);
	result(good, text);
	free(text);
}

static void compare_scenario(const char *dir, const char *file)
{
	struct side *sides = xcalloc(NKERNELS * sizeof(*sides));
	char *scn = xasprintf("%.*s", (int)strcspn(file, "."), file);

	for (int k = 0; k < NKERNELS; k++) {
		char *ktap = xasprintf("%s/%s/%s.ktap", dir, kernels[k], scn);
		char *log = xasprintf("%s/%s/%s.log", dir, kernels[k], scn);

		read_ktap(&sides[k], ktap);
		read_log(&sides[k], log);
		free(ktap);
		free(log);
	}
	for (int i = 0; i < sides[PATCHED].nprograms; i++)
		compare_program(sides, &sides[PATCHED].programs[i]);
	compare_lost(sides);
	compare_rest(sides, scn);
	free(scn);
	free(sides);
}

static void print_counts(const struct row *r, int kernel)
{
	const struct totals *t = &r->t[kernel];

	if (r->ran[kernel])
		printf("  %6u %4u %4u", t->pass, t->fail, t->skip);
	else
		printf("  %6s %4s %4s", "-", "-", "-");
}

static int is_ktap(const struct dirent *de)
{
	const char *dot = strrchr(de->d_name, '.');

	return dot && !strcmp(dot, ".ktap");
}

/* KTAP, then the table as comments; fails if the patched kernel is worse. */
int compare_print(const char *dir)
{
	char *patched = xasprintf("%s/%s", dir, kernels[PATCHED]);
	struct dirent **list = NULL;
	int n = scandir(patched, &list, is_ktap, alphasort);

	if (n <= 0)
		die("no results in %s", patched);
	printf("KTAP version 1\n");
	for (int i = 0; i < n; i++)
		compare_scenario(dir, list[i]->d_name);
	printf("1..%d\n", nresults);

	printf("#\n# %-34s  %-16s  %-16s\n", "", "unpatched", "patched");
	printf("# %-34s  %6s %4s %4s  %6s %4s %4s\n", "program", "passed",
	       "fail", "skip", "passed", "fail", "skip");
	for (int i = 0; i < nrows; i++) {
		printf("# %-34s", rows[i].name);
		print_counts(&rows[i], UNPATCHED);
		print_counts(&rows[i], PATCHED);
		printf("\n");
	}
	return nbad || !nrows;
}
