// SPDX-License-Identifier: GPL-2.0-only
/* Parser for scenario files; README has the grammar. */
#include <ctype.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenario.h"
#include "util.h"

static const struct {
	const char *name;
	int min, max;		/* arguments */
	bool rest;		/* the last argument takes the rest of the line */
} verbs[] = {
	[V_ASSIGNABLE]	= { "assignable", 1, 1, false },
	[V_ATTACH]	= { "attach", 1, 1, false },
	[V_ATTACHES]	= { "attaches", 1, 1, false },
	[V_ATTACH_FAULTS] = { "attach_faults", 1, 1, false },
	[V_BIND]	= { "bind", 2, 2, false },
	[V_CLIENT]	= { "client", 1, SCN_MAX_ARGS, false },
	[V_DMA]		= { "dma", 2, 3, false },
	[V_DMESG]	= { "dmesg", 2, 2, true },
	[V_DOMAIN]	= { "domain", 2, 2, false },
	[V_FAULTS]	= { "faults", 1, 1, false },
	[V_FW_AWAIT]	= { "fw_await", 2, 2, false },
	[V_FW_START]	= { "fw_start", 2, 2, false },
	[V_FW_STOP]	= { "fw_stop", 1, 1, false },
	[V_HOLD]	= { "hold", 3, 3, false },
	[V_MARK]	= { "mark", 0, 0, false },
	[V_OPEN]	= { "open", 2, 2, false },
	[V_READ]	= { "read", 1, 1, false },
	[V_RELEASE]	= { "release", 1, 1, false },
	[V_REMOVE]	= { "remove", 1, 1, false },
	[V_REQUIRE]	= { "require", 1, 1, false },
	[V_RESCAN]	= { "rescan", 1, 1, false },
	[V_RESET]	= { "reset", 2, 2, false },
	[V_RESV]	= { "resv", 1, 1, false },
	[V_SAME_GROUP]	= { "same_group", 2, 2, false },
	[V_SET_TYPE]	= { "set_type", 2, 2, false },
	[V_SPLAT]	= { "splat", 0, 0, false },
	[V_TEST]	= { "test", 1, SCN_MAX_ARGS, false },
	[V_TYPE]	= { "type", 1, 1, false },
	[V_UNBIND]	= { "unbind", 1, 1, false },
	[V_VDPA]	= { "vdpa", 1, 1, false },
	[V_VFIO_CDEV]	= { "vfio_cdev", 1, 2, false },
	[V_VFIO_COMPAT]	= { "vfio_compat", 1, 2, false },
	[V_VFIO_GROUP]	= { "vfio_group", 1, 2, false },
	[V_WRITE]	= { "write", 2, 2, true },
};

struct parser {
	struct scenario *scn;
	int line;
};

noreturn __printf(2, 3)
static void bad(struct parser *p, const char *fmt, ...)
{
	char msg[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(msg, sizeof(msg), fmt, ap);
	va_end(ap);
	die("%s:%d: %s", p->scn->path, p->line, msg);
}

static char *strip(char *s)
{
	char *end;

	while (isspace((unsigned char)*s))
		s++;
	end = s + strlen(s);
	while (end > s && isspace((unsigned char)end[-1]))
		*--end = '\0';
	return s;
}

/* Cuts the next word off *s; NULL when there is none. */
static char *word(char **s)
{
	char *w = strip(*s);

	if (!*w)
		return NULL;
	*s = w + strcspn(w, " \t");
	if (**s)
		*(*s)++ = '\0';
	return w;
}

bool scn_parse_size(const char *s, __u64 *val)
{
	char *end;

	errno = 0;
	*val = strtoull(s, &end, 0);
	if (errno || end == s)
		return false;
	switch (*end) {
	case 'G':
		*val <<= 10;
		fallthrough;
	case 'M':
		*val <<= 10;
		fallthrough;
	case 'K':
		*val <<= 10;
		end++;
	}
	return !*end;
}

struct scn_device *scn_device(struct scenario *scn, const char *name)
{
	for (int i = 0; i < scn->ndevices; i++)
		if (!strcmp(scn->devices[i].name, name))
			return &scn->devices[i];
	return NULL;
}

struct scn_region *scn_region(struct scenario *scn, const char *name)
{
	for (int i = 0; i < scn->nregions; i++)
		if (!strcmp(scn->regions[i].name, name))
			return &scn->regions[i];
	return NULL;
}

static struct scn_device *need_device(struct parser *p, const char *name)
{
	struct scn_device *d = name ? scn_device(p->scn, name) : NULL;

	if (!d)
		bad(p, "no device \"%s\"", name ? name : "");
	return d;
}

static void parse_device(struct parser *p, char *args)
{
	struct scenario *scn = p->scn;
	struct scn_device *d = &scn->devices[scn->ndevices];
	char *name = word(&args), *model = word(&args);
	char *addr = word(&args), *bridge = word(&args);

	if (!addr || sscanf(addr, "%x.%x", &d->slot, &d->fn) < 1)
		bad(p, "device NAME MODEL SLOT[.FN] [BRIDGE]");
	if (scn->ndevices == SCN_MAX_DEVICES)
		bad(p, "more than %d devices", SCN_MAX_DEVICES);
	d->bridge = bridge ? need_device(p, bridge) - scn->devices : -1;
	d->name = xstrdup(name);
	d->model = xstrdup(model);
	scn->ndevices++;
}

/* The rest of a "region" or "firmware" line: whom the table names */
static void parse_scopes(struct parser *p, struct scn_region *r, char *args)
{
	struct scenario *scn = p->scn;
	struct scn_entry *e = &scn->entries[scn->nentries];
	char *w = word(&args);

	if (!w)
		return;
	if (scn->nentries == SCN_MAX_ENTRIES)
		bad(p, "more than %d entries", SCN_MAX_ENTRIES);
	e->start = r->start;
	e->last = r->start + r->size - 1;
	e->flags = -1;
	for (; w; w = word(&args)) {
		if (!strncmp(w, "flags=", 6)) {
			e->flags = strtol(w + 6, NULL, 0);
			continue;
		}
		if (e->nscopes == SCN_MAX_SCOPES)
			bad(p, "more than %d scopes", SCN_MAX_SCOPES);
		e->scopes[e->nscopes++] = xstrdup(w);
	}
	scn->nentries++;
}

/* As firmware wrote it: @last may be anything, even before @start */
static void parse_firmware(struct parser *p, char *args)
{
	char *start = word(&args), *last = word(&args);
	struct scn_region r;

	if (!last || !scn_parse_size(start, &r.start) ||
	    !scn_parse_size(last, &r.size) || !*strip(args))
		bad(p, "firmware START LAST SCOPE...");
	r.size -= r.start - 1;
	parse_scopes(p, &r, args);
}

static void parse_bytes(struct parser *p, const char *args)
{
	struct scenario *scn = p->scn;

	if (scn->nentries == SCN_MAX_ENTRIES)
		bad(p, "more than %d entries", SCN_MAX_ENTRIES);
	scn->entries[scn->nentries++].bytes = xstrdup(args);
}

static void parse_region(struct parser *p, char *args)
{
	struct scenario *scn = p->scn;
	struct scn_region *r = &scn->regions[scn->nregions];
	char *name = word(&args), *start = word(&args), *size = word(&args);

	if (!size || !scn_parse_size(start, &r->start) ||
	    !scn_parse_size(size, &r->size))
		bad(p, "region NAME START SIZE [SCOPE...]");
	if (scn->nregions == SCN_MAX_REGIONS)
		bad(p, "more than %d regions", SCN_MAX_REGIONS);
	r->name = xstrdup(name);
	parse_scopes(p, r, args);
	scn->nregions++;
}

static void parse_extra(struct parser *p, const char *args)
{
	struct scenario *scn = p->scn;

	if (scn->nextras == SCN_MAX_EXTRAS)
		bad(p, "more than %d extras", SCN_MAX_EXTRAS);
	scn->extras[scn->nextras++] = xstrdup(args);
}

static void parse_drive(struct parser *p, char *args)
{
	struct scenario *scn = p->scn;
	struct scn_drive *d = &scn->drives[scn->ndrives];
	char *name = word(&args), *size = word(&args);

	if (!size || *strip(args))
		bad(p, "drive NAME SIZE");
	if (scn->ndrives == SCN_MAX_DRIVES)
		bad(p, "more than %d drives", SCN_MAX_DRIVES);
	d->name = xstrdup(name);
	d->size = xstrdup(size);
	scn->ndrives++;
}

static void parse_row(struct parser *p, char *args)
{
	struct scn_device *d = need_device(p, word(&args));

	d->row = xstrdup(strip(args));
}

static void add_step(struct parser *p, enum scn_verb verb, char *args,
		     const char *expect)
{
	struct scenario *scn = p->scn;
	struct scn_step *step = &scn->steps[scn->nsteps];

	if (scn->nsteps == SCN_MAX_STEPS)
		bad(p, "more than %d steps", SCN_MAX_STEPS);

	args = strip(args);
	step->verb = verb;
	step->text = xasprintf("%s%s%s", verbs[verb].name, *args ? " " : "",
			       args);
	step->expect = xstrdup(expect);
	while (step->argc < verbs[verb].max) {
		char *w;

		if (verbs[verb].rest && step->argc == verbs[verb].max - 1)
			w = *strip(args) ? strip(args) : NULL;
		else
			w = word(&args);
		if (!w)
			break;
		step->argv[step->argc++] = xstrdup(w);
		if (verbs[verb].rest && step->argc == verbs[verb].max)
			args = "";
	}
	if (step->argc < verbs[verb].min || *strip(args))
		bad(p, "%s takes %d to %d arguments", verbs[verb].name,
		    verbs[verb].min, verbs[verb].max);
	scn->nsteps++;
}

static void parse_step(struct parser *p, char *verb, char *args)
{
	char *eq = args, *next;
	const char *expect = "ok";

	/* The last " = " counts: a pattern may hold one as well. */
	if (!strncmp(args, "= ", 2)) {
		*args++ = '\0';
		expect = strip(args);
		args = "";
	} else {
		while ((next = strstr(eq, " = ")))
			eq = next + 3;
		if (eq != args) {
			eq[-3] = '\0';
			expect = strip(eq);
		}
	}

	for (int i = 0; i < ARRAY_SIZE(verbs); i++)
		if (!strcmp(verbs[i].name, verb)) {
			char *copy = xstrdup(args);

			add_step(p, i, copy, expect);
			free(copy);
			return;
		}
	bad(p, "unknown word \"%s\"", verb);
}

static void parse_line(struct parser *p, char *line)
{
	struct scenario *scn = p->scn;
	char *key = word(&line), *args = strip(line);

	if (!strcmp(key, "title"))
		scn->title = xstrdup(args);
	else if (!strcmp(key, "machine"))
		scn->machine = xstrdup(args);
	else if (!strcmp(key, "iommu"))
		scn->iommu = xstrdup(args);
	else if (!strcmp(key, "cmdline"))
		scn->cmdline = xstrdup(args);
	else if (!strcmp(key, "memory"))
		scn->memory = xstrdup(args);
	else if (!strcmp(key, "smp"))
		scn->smp = atoi(args);
	else if (!strcmp(key, "device"))
		parse_device(p, args);
	else if (!strcmp(key, "drive"))
		parse_drive(p, args);
	else if (!strcmp(key, "extra"))
		parse_extra(p, args);
	else if (!strcmp(key, "firmware"))
		parse_firmware(p, args);
	else if (!strcmp(key, "bytes"))
		parse_bytes(p, args);
	else if (!strcmp(key, "region"))
		parse_region(p, args);
	else if (!strcmp(key, "row"))
		parse_row(p, args);
	else
		parse_step(p, key, args);
}

struct scenario *scn_load(const char *path)
{
	struct scenario *scn = xcalloc(sizeof(*scn));
	struct parser p = { .scn = scn };
	const char *base = strrchr(path, '/');
	FILE *f = fopen(path, "re");
	char *line = NULL;
	size_t size = 0;

	if (!f)
		die("cannot open scenario %s: %s", path, strerror(errno));
	scn->path = xstrdup(path);
	scn->name = xstrdup(base ? base + 1 : path);
	scn->name[strcspn(scn->name, ".")] = '\0';
	scn->memory = "1G";
	scn->smp = 1;

	while (getline(&line, &size, f) > 0) {
		p.line++;
		if (*line != '#' && *strip(line))
			parse_line(&p, strip(line));
	}
	free(line);
	fclose(f);

	if (!scn->title || !scn->machine || !scn->nsteps)
		bad(&p, "needs a title, a machine and at least one step");

	/* Every scenario ends with a clean kernel log unless it says otherwise. */
	if (scn->steps[scn->nsteps - 1].verb != V_SPLAT)
		add_step(&p, V_SPLAT, "", "none");
	return scn;
}

/* Is each of the words of @tag, which dashes join, one of @kernel's? */
static bool names(const char *tag, const char *kernel)
{
	size_t len = strcspn(tag, "-");
	const char *w = kernel;

	while (strncmp(w, tag, len) || !strchr("-", w[len])) {
		w += strcspn(w, "-");
		if (!*w++)
			return false;
	}
	return !tag[len] || names(tag + len + 1, kernel);
}

/*
 * What @kernel is expected to answer: the alternative with the longest tag that
 * names it, else the first outcome.
 */
char *scn_expect(const struct scn_step *step, const char *kernel)
{
	char *copy = xstrdup(step->expect), *save = NULL;
	char *best = strip(strtok_r(copy, ";", &save)), *alt;
	size_t best_len = 0;

	while ((alt = strtok_r(NULL, ";", &save))) {
		char *tag = word(&alt);
		size_t len = tag ? strlen(tag) : 0;

		if (len > best_len && names(tag, kernel)) {
			best = strip(alt);
			best_len = len;
		}
	}
	best = xstrdup(best);
	free(copy);
	return best;
}

/* "any", "some" (a number above zero), or globs joined by " or ". */
bool scn_match(const char *expect, const char *got)
{
	bool match = false;
	char *copy, *s, *or;

	if (!strcmp(expect, "any"))
		return true;
	if (!strcmp(expect, "some"))
		return strtoul(got, NULL, 10) > 0;
	copy = xstrdup(expect);
	s = copy;
	do {
		or = strstr(s, " or ");
		if (or)
			*or = '\0';
		match = !fnmatch(s, got, 0);
		s = or + 4;
	} while (or && !match);
	free(copy);
	return match;
}
