// SPDX-License-Identifier: GPL-2.0-only
/* Each case a line from the unpatched to the patched kernel's value. */
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

#include "bench.h"

#define LEFT	230
#define PLOT	560
#define RIGHT	80
#define TOP	64
#define ROW	18
#define MIN_LOG	3.0		/* 1000 instructions at the left */

struct plot {
	FILE *f;
	double max_log;
};

static double x_of(const struct plot *p, double val)
{
	return LEFT + PLOT * (log10(val) - MIN_LOG) / (p->max_log - MIN_LOG);
}

static __printf(5, 6) void text(const struct plot *p, double x, int y,
				const char *anchor, const char *fmt, ...)
{
	va_list ap;

	fprintf(p->f, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"%s\">", x, y,
		anchor);
	va_start(ap, fmt);
	vfprintf(p->f, fmt, ap);
	va_end(ap);
	fprintf(p->f, "</text>\n");
}

static void line(const struct plot *p, double x1, int y1, double x2, int y2,
		 const char *color)
{
	fprintf(p->f, "<path d=\"M%.1f %dL%.1f %d\" stroke=\"%s\"/>\n", x1, y1,
		x2, y2, color);
}

static void dot(const struct plot *p, int kernel, double x, int y)
{
	fprintf(p->f, "<circle cx=\"%.1f\" cy=\"%d\" ", x, y);
	if (kernel == PATCHED)
		fprintf(p->f, "r=\"3\" fill=\"#157\"/>\n");
	else
		fprintf(p->f, "r=\"4.5\" fill=\"#fff\" stroke=\"#b33\"/>\n");
}

/* Calls and growth are no costs. */
static bool plotted(const struct result *r)
{
	return r->val[UNPATCHED] >= 1000 && r->val[PATCHED] >= 1000;
}

static void plot_row(const struct plot *p, const struct result *r, int y)
{
	double from = x_of(p, r->val[UNPATCHED]), to = x_of(p, r->val[PATCHED]);

	text(p, LEFT - 12, y + 4, "end", "%s", r->name);
	line(p, from, y, to, y, "#888");
	dot(p, UNPATCHED, from, y);
	dot(p, PATCHED, to, y);
	text(p, LEFT + PLOT + 12, y + 4, "start", "%.3f",
	     r->val[PATCHED] / r->val[UNPATCHED]);
}

static void plot_frame(const struct plot *p, const struct bench *b, int bottom)
{
	static const char * const names[] = { "unpatched", "patched" };
	time_t now = time(NULL);
	char date[32];

	strftime(date, sizeof(date), "%Y-%m-%d", gmtime(&now));
	text(p, 12, 20, "start", "What reserved regions cost, %s", date);
	for (int k = 0; k < KERNELS; k++) {
		dot(p, k, 17 + 300 * k, 34);
		text(p, 28 + 300 * k, 38, "start", "%s: %s", names[k],
		     b->kernels[k].version);
	}
	for (int e = MIN_LOG; e <= p->max_log; e++) {
		double x = x_of(p, pow(10, e));

		line(p, x, TOP - 8, x, bottom, "#ddd");
		text(p, x, bottom + 16, "middle", "1e%d", e);
	}
	text(p, LEFT + PLOT / 2, bottom + 34, "middle", "instructions");
	text(p, LEFT + PLOT + 12, TOP - 12, "start", "ratio");
}

void plot_svg(const struct bench *b, const char *path)
{
	char *tmp = xasprintf("%s.tmp", path);
	struct plot p = { fopen(tmp, "we"), MIN_LOG + 1 };
	int rows = 0, y = TOP;

	if (!p.f)
		die("cannot create %s: %s", tmp, strerror(errno));
	for (int i = 0; i < b->nresults; i++) {
		if (!plotted(&b->results[i]))
			continue;
		rows++;
		for (int k = 0; k < KERNELS; k++)
			p.max_log = fmax(p.max_log,
					 ceil(log10(b->results[i].val[k])));
	}
	fprintf(p.f, "<!-- %s-License-Identifier: GPL-2.0-only -->\n", "SPDX");
	fprintf(p.f, "<svg xmlns=\"http://www.w3.org/2000/svg\" ");
	fprintf(p.f, "width=\"%d\" height=\"%d\" ", LEFT + PLOT + RIGHT,
		TOP + rows * ROW + 48);
	fprintf(p.f, "font-family=\"sans-serif\" font-size=\"11\">\n");
	fprintf(p.f, "<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n");
	plot_frame(&p, b, TOP + rows * ROW);
	for (int i = 0; i < b->nresults; i++)
		if (plotted(&b->results[i])) {
			plot_row(&p, &b->results[i], y);
			y += ROW;
		}
	fprintf(p.f, "</svg>\n");
	if (ferror(p.f) | fclose(p.f) || rename(tmp, path))
		die("cannot write %s: is the disk full?", path);
}
