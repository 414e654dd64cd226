// SPDX-License-Identifier: GPL-2.0-only
/* What the kernel logged and did: IOMMU faults, attaches, messages, splats. */
#include <errno.h>
#include <fcntl.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guest.h"

#define TRACEFS		"/sys/kernel/tracing"
#define TRACE_ATTACH	TRACEFS "/events/iommu/attach_device_to_domain/enable"

static int kmsg = -1;
static char **lines;
static size_t nlines, marked;
static unsigned long marked_irqs;
static bool tracing;

/* Lines of the kernel log so far, without our own. */
static void drain(void)
{
	char buf[8192];
	ssize_t n;

	while ((n = read(kmsg, buf, sizeof(buf) - 1)) > 0 || errno == EPIPE) {
		char *text;

		if (n <= 0)
			die("the kernel log overran; raise log_buf_len");
		buf[n] = '\0';
		text = strchr(buf, ';');
		if (!text || !strncmp(text + 1, "lab: ", 5))
			continue;
		text[strcspn(text, "\n")] = '\0';
		lines = realloc(lines, (nlines + 1) * sizeof(*lines));
		if (!lines)
			die("out of memory");
		lines[nlines++] = xstrdup(text + 1);
	}
}

/* Intel's are called "dmar0", those for other purposes "dmar0-pri" */
static bool is_fault_irq(const char *name)
{
	return (!strncmp(name, "dmar", 4) && !strchr(name, '-')) ||
	       !strncmp(name, "arm-smmu-v3-evtq", 16);
}

/* DEFAULT_RATELIMIT_BURST: an interrupt is one of these, however many faults */
#define RATELIMIT_BURST 10

/*
 * Fault interrupts of the IOMMUs. The messages are rate-limited, these are
 * not: together they say whether a fault went unreported.
 */
unsigned long log_fault_irqs(void)
{
	FILE *f = fopen("/proc/interrupts", "re");
	unsigned long sum = 0;
	size_t size = 0;
	char *line = NULL;

	if (!f)
		die("cannot read /proc/interrupts: %s", strerror(errno));
	while (getline(&line, &size, f) > 0) {
		char *name = strrchr(line, ' '), *s = strchr(line, ':'), *end;
		unsigned long n;

		if (!name || !s || !is_fault_irq(name + 1))
			continue;
		for (s++; n = strtoul(s, &end, 10), end != s; s = end)
			sum += n;
	}
	free(line);
	fclose(f);
	return sum;
}

void log_mark(void)
{
	int fd;

	drain();
	marked = nlines;
	marked_irqs = log_fault_irqs();
	fd = open(TRACEFS "/trace", O_WRONLY | O_TRUNC | O_CLOEXEC);
	if (fd >= 0)
		close(fd);
}

void log_init(void)
{
	kmsg = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (kmsg < 0)
		die("cannot read /dev/kmsg: %s", strerror(errno));
	tracing = !write_str(TRACE_ATTACH, "1");
}

/* "[01:02.3]" if the line begins the report of a fault, else NULL */
static char *fault_rid(size_t i)
{
	unsigned long long event;
	char *s;

	s = strstr(lines[i], "Request device [");
	if (s && strstr(s, "fault")) {
		s = strchr(s, '[') + 1;
		/* Newer kernels put the segment before it, there is but one */
		if (!strncmp(s, "0000:", 5))
			s += 5;
		return xasprintf("[%.7s]", s);
	}

	/* The SMMU's event follows line by line, its stream id is the RID. */
	if (!strstr(lines[i], "smmu") || !strstr(lines[i], "received:") ||
	    i + 1 >= nlines)
		return NULL;
	s = strstr(lines[i + 1], "0x");
	if (!s)
		return NULL;
	event = strtoull(s, NULL, 16) >> 32;
	return xasprintf("[%02llx:%02llx.%llx]", event >> 8, event >> 3 & 0x1f,
			 event & 7);
}

/* Faults since the mark of one device, under any RID of its, or of all. */
char *log_faults(const char *dev)
{
	struct scn_device *d = strcmp(dev, "all") ? pci_dev(dev) : NULL;
	unsigned long irqs = log_fault_irqs() - marked_irqs, n = 0, total = 0;
	char *own = NULL, *alias = NULL;

	drain();
	if (d) {
		own = xasprintf("[%s]", pci_bdf(d) + 5);
		alias = xasprintf("[%s]", pci_alias(d) + 5);
	}
	for (size_t i = marked; i < nlines; i++) {
		char *rid = fault_rid(i);

		if (!rid)
			continue;
		total++;
		n += !d || !strcmp(rid, own) || !strcmp(rid, alias);
		free(rid);
	}
	free(own);
	free(alias);
	/*
	 * A fault that comes while an interrupt is handled is reported by that
	 * one, and its own interrupt finds nothing: unless there were enough to
	 * reach the rate limit, all were reported.
	 */
	if (log_fault_irqs() > RATELIMIT_BURST && irqs > total)
		return xasprintf("%lu and %lu unreported", n, irqs - total);
	return xasprintf("%lu", n);
}

/* How often the core attached a domain to the device since the mark. */
char *log_attaches(const struct scn_device *d)
{
	char *trace, *want, *s;
	unsigned long n = 0;

	if (!tracing)
		return xstrdup("SKIP the kernel has no iommu trace events");
	trace = read_file(TRACEFS "/trace", NULL);
	if (!trace)
		die("cannot read the trace: %s", strerror(errno));
	want = xasprintf("attach_device_to_domain: IOMMU: device=%s",
			 pci_bdf(d));
	for (s = trace; (s = strstr(s, want)); s += strlen(want))
		n++;
	free(want);
	free(trace);
	return xasprintf("%lu", n);
}

/* Did the kernel say @regex, about @dev unless that is "-", since the mark? */
char *log_dmesg(const char *dev, const char *regex)
{
	struct scn_device *d = strcmp(dev, "-") ? pci_dev(dev) : NULL;
	bool found = false;
	regex_t re;

	if (regcomp(&re, regex, REG_EXTENDED | REG_NOSUB))
		die("%s: bad pattern %s", scn->name, regex);
	drain();
	for (size_t i = marked; i < nlines && !found; i++)
		found = (!d || strstr(lines[i], pci_bdf(d))) &&
			!regexec(&re, lines[i], 0, NULL, 0);
	regfree(&re);
	return xstrdup(found ? "yes" : "no");
}

/* The first sign of a kernel bug since boot. */
char *log_splat(void)
{
	drain();
	for (size_t i = 0; i < nlines; i++)
		if (is_kernel_bug(lines[i]))
			return xasprintf("%.120s", lines[i]);
	return xstrdup("none");
}
