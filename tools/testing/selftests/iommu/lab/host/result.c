// SPDX-License-Identifier: GPL-2.0-only
/* KTAP out of a console, and what it means for the scenario. */
#include <errno.h>
#include <string.h>
#include <stdlib.h>
#include <unistd.h>

#include "lab.h"

#define NTAIL	((unsigned int)ARRAY_SIZE(((struct run *)0)->tail))

/* "ok 3 verb args: outcome", "ok 3 verb args # SKIP why", "not ok 3 ..." */
static void step_line(struct run *r, const char *line)
{
	bool bad = !strncmp(line, "not ok ", 7);
	const char *text;
	char *end;
	long n;

	if (!bad && strncmp(line, "ok ", 3))
		return;
	n = strtol(line + (bad ? 7 : 3), &end, 10) - 1;
	if (n < 0 || n >= r->scn->nsteps || r->verdicts[n] != MISSING)
		return;
	text = end + 1;
	if (strstr(text, " # SKIP")) {
		r->verdicts[n] = SKIP;
		r->got[n] = xstrdup("skipped");
		return;
	}
	r->verdicts[n] = bad ? FAIL : PASS;
	/* The step's own text may hold a colon, so skip as much as it has. */
	if (strlen(text) > strlen(r->scn->steps[n].text) + 2)
		r->got[n] = xstrdup(text + strlen(r->scn->steps[n].text) + 2);
}

void result_line(struct run *r, const char *line)
{
	const char *ours = strstr(line, "] lab: ");
	char **tail = &r->tail[r->ntail++ % NTAIL];

	free(*tail);
	*tail = xstrdup(line);
	if (!ours)
		return;
	ours += 7;
	if (!strncmp(ours, "Bail out! ", 10)) {
		free(r->bail);
		r->bail = xstrdup(ours + 10);
		return;
	}
	/* The host knows the plan and says it first. */
	if (strncmp(ours, "KTAP ", 5) && strncmp(ours, "1..", 3))
		fprintf(r->ktap_stream, "%s\n", ours);
	step_line(r, ours);
}

static const char *why(const struct run *r)
{
	if (r->timed_out)
		return "the machine hung and was killed";
	return r->bail ? r->bail : "the machine ended early";
}

static char *out_path(const struct options *opt, const struct scenario *scn,
		      const char *ext)
{
	return xasprintf("%s/%s/%s.%s", opt->out, opt->name, scn->name, ext);
}

void result_remove(const struct options *opt, const struct scenario *scn)
{
	static const char * const exts[] = {
		"asl", "aml", "dts", "log", "ktap", "tsv",
	};

	for (int i = 0; i < ARRAY_SIZE(exts); i++) {
		char *path = out_path(opt, scn, exts[i]);

		unlink(path);
		free(path);
	}
}

static FILE *open_out(const struct options *opt, const struct run *r,
		      const char *ext)
{
	char *path = out_path(opt, r->scn, ext);
	FILE *f = fopen(path, "we");

	if (!f)
		die("cannot write %s: %s", path, strerror(errno));
	free(path);
	return f;
}

static void close_out(FILE *f)
{
	if (ferror(f) | fclose(f))
		die("cannot write results: is the disk full?");
}

static void write_tsv(const struct options *opt, const struct run *r)
{
	static const char * const names[] = {
		[MISSING] = "missing", [PASS] = "ok", [FAIL] = "not ok",
		[SKIP] = "skip",
	};
	FILE *f = open_out(opt, r, "tsv");

	fprintf(f, "title\t%s\n", r->scn->title);
	for (int i = 0; i < r->scn->ndevices; i++)
		if (r->scn->devices[i].row)
			fprintf(f, "row\t%s\t%s\n", r->scn->devices[i].name,
				r->scn->devices[i].row);
	for (int i = 0; i < r->scn->nsteps; i++) {
		char *expect = scn_expect(&r->scn->steps[i],
					  opt->kernel_name);

		fprintf(f, "step\t%d\t%s\t%s\t%s\t%s\n", i + 1,
			names[r->verdicts[i]], r->scn->steps[i].text,
			r->got[i] ? r->got[i] : "", expect);
		free(expect);
	}
	close_out(f);
}

/* Prints one scenario as a KTAP subtest, and stores it. */
bool result_finish(const struct options *opt, struct run *r, int number,
		   struct totals *tot)
{
	struct totals t = { 0 };
	char *line, *save = NULL;
	bool early = false;
	FILE *f;

	for (int i = 0; i < r->scn->nsteps; i++) {
		if (r->verdicts[i] == MISSING) {
			if (!early)
				fprintf(r->ktap_stream, "# %s\n", why(r));
			fprintf(r->ktap_stream, "not ok %d %s: not reached\n",
				i + 1, r->scn->steps[i].text);
			early = true;
		}
		t.pass += r->verdicts[i] == PASS;
		t.skip += r->verdicts[i] == SKIP;
		t.fail += r->verdicts[i] == FAIL || r->verdicts[i] == MISSING;
	}
	if (early) {
		unsigned int n = r->ntail < NTAIL ? r->ntail : NTAIL;

		for (unsigned int i = r->ntail - n; i < r->ntail; i++)
			fprintf(r->ktap_stream, "# console: %s\n",
				r->tail[i % NTAIL]);
	}
	fclose(r->ktap_stream);

	write_tsv(opt, r);
	f = open_out(opt, r, "ktap");
	fprintf(f, "KTAP version 1\n1..%d\n%s", r->scn->nsteps, r->ktap);
	close_out(f);

	printf("    KTAP version 1\n    # Subtest: %s.%s\n    1..%d\n",
	       opt->name, r->scn->name, r->scn->nsteps);
	for (line = strtok_r(r->ktap, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save))
		printf("    %s\n", line);
	printf("%sok %d %s.%s%s\n", t.fail ? "not " : "", number, opt->name,
	       r->scn->name, t.pass + t.fail == 0 ? " # SKIP" : "");
	tot->pass += t.pass;
	tot->fail += t.fail;
	tot->skip += t.skip;
	return !t.fail;
}
