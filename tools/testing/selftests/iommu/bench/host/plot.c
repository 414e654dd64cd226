// SPDX-License-Identifier: GPL-2.0-only
/* Each case a line from the unpatched to the patched kernel's value. */
#include <errno.h>
#include <math.h>
#include <string.h>
#include <time.h>

#include "bench.h"

#define LEFT	230
#define PLOT	560
#define RIGHT	80
#define TOP	64
#define ROW	18
#define MIN_LOG	3.0		/* 1000 instructions at the left */

static double x_of(double val, double max_log)
{
	return LEFT + PLOT * (log10(val) - MIN_LOG) / (max_log - MIN_LOG);
}

/* Calls and growth are no costs. */
static bool plotted(const struct result *r)
{
	return r->val[UNPATCHED] >= 1000 && r->val[PATCHED] >= 1000;
}

static void plot_row(FILE *f, const struct result *r, int y, double max_log)
{
	double u = x_of(r->val[UNPATCHED], max_log);
	double p = x_of(r->val[PATCHED], max_log);

	fprintf(f, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>\n",
		LEFT - 12, y + 4, r->name);
	fprintf(f, "<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\" stroke=\"#888\" stroke-width=\"2\"/>\n",
		u, y, p, y);
	fprintf(f, "<circle cx=\"%.1f\" cy=\"%d\" r=\"4.5\" fill=\"#fff\" stroke=\"#b33\" stroke-width=\"1.5\"/>\n",
		u, y);
	fprintf(f, "<circle cx=\"%.1f\" cy=\"%d\" r=\"3\" fill=\"#157\"/>\n",
		p, y);
	fprintf(f, "<text x=\"%d\" y=\"%d\">%.3f</text>\n", LEFT + PLOT + 12,
		y + 4, r->val[PATCHED] / r->val[UNPATCHED]);
}

static void plot_axis(FILE *f, int bottom, double max_log)
{
	for (int e = MIN_LOG; e <= max_log; e++) {
		double x = x_of(pow(10, e), max_log);

		fprintf(f, "<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\" stroke=\"#ddd\"/>\n",
			x, TOP - 8, x, bottom);
		fprintf(f, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">10<tspan dy=\"-4\" font-size=\"8\">%d</tspan></text>\n",
			x, bottom + 16, e);
	}
	fprintf(f, "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">instructions</text>\n",
		LEFT + PLOT / 2, bottom + 34);
	fprintf(f, "<text x=\"%d\" y=\"%d\">ratio</text>\n", LEFT + PLOT + 12,
		TOP - 12);
}

void plot_svg(const struct bench *b, const char *path)
{
	char *tmp = xasprintf("%s.tmp", path), date[32];
	double max_log = MIN_LOG + 1;
	time_t now = time(NULL);
	int rows = 0, y = TOP;
	FILE *f;

	for (int i = 0; i < b->nresults; i++) {
		if (!plotted(&b->results[i]))
			continue;
		rows++;
		for (int k = 0; k < KERNELS; k++)
			max_log = fmax(max_log,
				       ceil(log10(b->results[i].val[k])));
	}
	f = fopen(tmp, "we");
	if (!f)
		die("cannot create %s: %s", tmp, strerror(errno));
	strftime(date, sizeof(date), "%Y-%m-%d", gmtime(&now));
	fprintf(f, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" font-family=\"sans-serif\" font-size=\"11\">\n",
		LEFT + PLOT + RIGHT, TOP + rows * ROW + 48);
	fprintf(f, "<!-- SPDX-License-Identifier: GPL-2.0-only -->\n");
	fprintf(f, "<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n");
	fprintf(f, "<text x=\"12\" y=\"20\" font-size=\"14\">Cost of reserved regions, %s</text>\n",
		date);
	fprintf(f, "<circle cx=\"17\" cy=\"34\" r=\"4.5\" fill=\"#fff\" stroke=\"#b33\" stroke-width=\"1.5\"/><text x=\"28\" y=\"38\">unpatched: %s</text>\n",
		b->kernels[UNPATCHED].version);
	fprintf(f, "<circle cx=\"317\" cy=\"34\" r=\"3\" fill=\"#157\"/><text x=\"328\" y=\"38\">patched: %s</text>\n",
		b->kernels[PATCHED].version);
	plot_axis(f, TOP + rows * ROW, max_log);
	for (int i = 0; i < b->nresults; i++)
		if (plotted(&b->results[i])) {
			plot_row(f, &b->results[i], y, max_log);
			y += ROW;
		}
	fprintf(f, "</svg>\n");
	if (ferror(f) | fclose(f) || rename(tmp, path))
		die("cannot write %s: is the disk full?", path);
}
