// SPDX-License-Identifier: GPL-2.0-only
/* The lab: boots scenarios on emulated IOMMUs and judges what they did. */
#include <dirent.h>
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdarg.h>
#include <string.h>
#include <stdlib.h>
#include <unistd.h>

#include "lab.h"

static const char usage[] =
	"usage: lab list\n"
	"       lab run --kernel IMAGE --name patched|unpatched --out DIR\n"
	"               [--base VERSION] [--accel tcg|kvm] [--jobs N]\n"
	"               [--timeout SECONDS] [--tests DIR | --clients DIR]\n"
	"               [--modules DIR]\n"
	"               [SCENARIO...]\n"
	"       lab shell --kernel IMAGE [--accel tcg|kvm] SCENARIO\n"
	"       lab table DIR | NAME=DIR...\n"
	"       lab compare DIR\n"
	"       lab tables make DIR\n"
	"       lab tables initrd FILE DIR...\n"
	"       lab tables check LOG DIR...\n";

void die(const char *fmt, ...)
{
	va_list ap;

	fflush(stdout);
	fprintf(stderr, "lab: ");
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "\n");
	exit(1);
}

static char *build_dir(void)
{
	char buf[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", buf, sizeof(buf) - 1);

	if (n < 0)
		die("cannot read /proc/self/exe: %s", strerror(errno));
	buf[n] = '\0';
	*strrchr(buf, '/') = '\0';
	return xstrdup(buf);
}

static int is_scn(const struct dirent *de)
{
	const char *dot = strrchr(de->d_name, '.');

	return dot && !strcmp(dot, ".scn");
}

/* What the image says of itself; NULL: any machine may try it. */
static const char *kernel_arch(const char *path)
{
	FILE *f = fopen(path, "re");
	char head[0x206] = "";
	size_t n = f ? fread(head, 1, sizeof(head), f) : 0;

	if (f)
		fclose(f);
	if (n < sizeof(head))
		die("%s is no kernel image", path);
	if (!memcmp(head + 0x202, "HdrS", 4))
		return "x86_64";
	return memcmp(head + 56, "ARM\x64", 4) ? NULL : "arm64";
}

/*
 * All scenarios for @arch in @subdir, or those that @names lists, in the order
 * given.
 */
static int load(const char *build, const char *subdir, const char *arch,
		char **names, int n, struct scenario ***out)
{
	char *dir = xasprintf("%s/%s", build, subdir);
	struct dirent **list = NULL;
	int total = n, kept = 0;

	if (!n) {
		total = scandir(dir, &list, is_scn, alphasort);
		if (total <= 0)
			die("no scenarios in %s", dir);
	}
	*out = xcalloc(total * sizeof(**out));
	for (int i = 0; i < total; i++) {
		char *path = n ? xasprintf("%s/%s.scn", dir, names[i]) :
			     xasprintf("%s/%s", dir, list[i]->d_name);

		if (access(path, R_OK))
			die("no scenario \"%s\"; \"lab list\" lists them",
			    names[i]);
		(*out)[kept] = scn_load(path);
		free(path);
		if (!arch || !strcmp(machine_find((*out)[kept])->arch, arch))
			kept++;
		else if (n)
			die("%s wants another machine than %s", names[i], arch);
	}
	if (!kept)
		die("no scenario for %s", arch);
	return kept;
}

static int list(const char *build)
{
	struct scenario **scns;
	int n = load(build, "scenarios", NULL, NULL, 0, &scns);

	for (int i = 0; i < n; i++)
		printf("%-24s %-6s %s\n", scns[i]->name, scns[i]->machine,
		       scns[i]->title);
	return 0;
}

static int parse_number(const char *what, const char *s)
{
	char *end;
	long n = strtol(s, &end, 10);

	if (end == s || *end || n < 1 || n > 86400)
		die("--%s wants a positive number, not \"%s\"", what, s);
	return n;
}

static void parse(struct options *opt, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "kernel", required_argument, NULL, 'k' },
		{ "name", required_argument, NULL, 'n' },
		{ "base", required_argument, NULL, 'b' },
		{ "out", required_argument, NULL, 'o' },
		{ "accel", required_argument, NULL, 'a' },
		{ "tests", required_argument, NULL, 's' },
		{ "clients", required_argument, NULL, 'c' },
		{ "modules", required_argument, NULL, 'm' },
		{ "jobs", required_argument, NULL, 'j' },
		{ "timeout", required_argument, NULL, 't' },
		{ }
	};
	int c;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) >= 0) {
		switch (c) {
		case 'k':
			opt->kernel = optarg;
			break;
		case 'n':
			opt->name = optarg;
			break;
		case 'b':
			opt->base = optarg;
			break;
		case 'o':
			opt->out = optarg;
			break;
		case 'a':
			opt->accel = optarg;
			break;
		case 's':
			opt->tests = optarg;
			opt->scenarios = "selftests";
			break;
		case 'c':
			opt->tests = optarg;
			opt->scenarios = "clients";
			break;
		case 'm':
			opt->modules = optarg;
			break;
		case 'j':
			opt->jobs = parse_number("jobs", optarg);
			break;
		case 't':
			opt->timeout = parse_number("timeout", optarg);
			break;
		default:
			fputs(usage, stderr);
			exit(2);
		}
	}
	opt->kernel_name = opt->name && opt->base ?
			   xasprintf("%s-%s", opt->name, opt->base) : opt->name;
	if (opt->jobs > MAX_JOBS)
		opt->jobs = MAX_JOBS;
	if (strcmp(opt->accel, "tcg") && strcmp(opt->accel, "kvm"))
		die("--accel is tcg or kvm, not \"%s\"", opt->accel);
	if (!opt->kernel)
		die("--kernel is missing: which image shall be booted?");
	if (access(opt->kernel, R_OK))
		die("cannot read kernel %s: %s", opt->kernel, strerror(errno));
}

int main(int argc, char **argv)
{
	const char *cmd = argc > 1 ? argv[1] : "";
	struct options opt = {
		.build = build_dir(),
		.name = "shell",
		.out = "/tmp",
		.scenarios = "scenarios",
		.accel = "tcg",
		.jobs = sysconf(_SC_NPROCESSORS_ONLN),
		.timeout = 300,
	};
	struct scenario **scns;
	int n;

	if (!strcmp(cmd, "list") && argc == 2)
		return list(opt.build);
	if (!strcmp(cmd, "table") && argc >= 3)
		return table_print(argv + 2, argc - 2);
	if (!strcmp(cmd, "compare") && argc == 3)
		return compare_print(argv[2]);
	if (!strcmp(cmd, "tables") && argc == 4 && !strcmp(argv[2], "make"))
		return tables_make(argv[3]);
	if (!strcmp(cmd, "tables") && argc > 4 && !strcmp(argv[2], "initrd"))
		return tables_initrd(argv[3], argv + 4);
	if (!strcmp(cmd, "tables") && argc > 4 && !strcmp(argv[2], "check"))
		return tables_check(argv[3], argv + 4);
	if (!strcmp(cmd, "run")) {
		opt.name = NULL;
		opt.out = NULL;
		parse(&opt, argc - 1, argv + 1);
		if (!opt.name || !opt.out)
			die("--name and --out are both needed");
		argv += optind + 1;
		argc -= optind + 1;
		n = load(opt.build, opt.scenarios,
			 kernel_arch(opt.kernel), argv, argc, &scns);
		return run_all(&opt, scns, n);
	}
	if (!strcmp(cmd, "shell")) {
		parse(&opt, argc - 1, argv + 1);
		if (argc - optind != 2)
			die("shell wants one scenario");
		load(opt.build, opt.scenarios,
		     kernel_arch(opt.kernel), argv + optind + 1, 1, &scns);
		return run_shell(&opt, scns[0]);
	}
	fputs(usage, stderr);
	return 2;
}
