// SPDX-License-Identifier: GPL-2.0-only
/*
 * A device's reset, and what the kernel has programmed for the device while it
 * lasts: that is over before any later step could look.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guest.h"

/* How often to reset a device before "nothing seen" is the answer. */
#define TRIES	20

/**
 * struct sight - an answer of "domain"
 * @what: it
 * @looks: how often it was that
 */
struct sight {
	char *what;
	unsigned long looks;
};

static struct {
	const struct scn_device *dev;
	const char *where;
	struct sight seen[8];
	unsigned long looks;
	pid_t writer;
	bool over;
} reset;

static void note(char *now)
{
	for (int i = 0; i < ARRAY_SIZE(reset.seen); i++) {
		struct sight *s = &reset.seen[i];

		if (!s->what)
			s->what = now;
		if (strcmp(s->what, now))
			continue;
		s->looks++;
		reset.looks++;
		if (s->what != now)
			free(now);
		return;
	}
	die("more than %d answers while %s was in reset", ARRAY_SIZE(reset.seen),
	    reset.dev->name);
}

/*
 * The kernel sleeps for a tenth of a second while the device resets, and a few
 * times for a moment on its way there and back: what is a tenth of all looks or
 * less is from those.
 */
static char *lasted(void)
{
	char *all = NULL;

	for (int i = 0; i < ARRAY_SIZE(reset.seen) && reset.seen[i].what; i++) {
		struct sight *s = &reset.seen[i];
		char *before = all;

		if (s->looks * 10 > reset.looks) {
			all = xasprintf("%s%s%s", before ? before : "",
					before ? ", " : "", s->what);
			free(before);
		}
		free(s->what);
	}
	return all ? all : xstrdup("nothing seen");
}

/*
 * Which sleep the thread that resets the device is in; 0: it is awake. Two
 * looks of which one is 0 or that differ have some of its work between them.
 */
static unsigned long sleep_of_writer(void)
{
	unsigned long nr = 0;
	bool asleep = false;
	char *path, line[128];
	FILE *f;

	path = xasprintf("/proc/self/task/%d/status", reset.writer);
	f = fopen(path, "re");
	if (!f)
		die("%s: %s", path, strerror(errno));
	while (fgets(line, sizeof(line), f)) {
		if (!strncmp(line, "State:\t", 7))
			asleep = line[7] != 'R';
		if (!strncmp(line, "voluntary_ctxt_switches:", 24))
			nr = strtoul(line + 24, NULL, 10);
	}
	fclose(f);
	free(path);
	return asleep ? nr : 0;
}

/*
 * Runs while no other task does, which on one CPU is when the kernel waits
 * for the device, and counts what it found without the kernel going on in
 * between: a look that began before the reset says nothing about it.
 */
static void *look(void *arg)
{
	const struct sched_param none = { 0 };

	(void)arg;
	if (sched_setscheduler(0, SCHED_IDLE, &none))
		die("cannot wait for an idle CPU: %s", strerror(errno));
	while (!__atomic_load_n(&reset.over, __ATOMIC_ACQUIRE)) {
		unsigned long before = sleep_of_writer();
		char *now = domain_lookup(reset.dev, reset.where);

		if (before && before == sleep_of_writer())
			note(now);
		else
			free(now);
	}
	return NULL;
}

static int reset_once(const struct scn_device *d)
{
	char *path = pci_path(d, "reset");
	pthread_t thread;
	int err;

	reset.over = false;
	if (pthread_create(&thread, NULL, look, NULL))
		die("cannot start a thread");
	err = write_str(path, "1");
	__atomic_store_n(&reset.over, true, __ATOMIC_RELEASE);
	pthread_join(thread, NULL);
	free(path);
	return err;
}

char *pci_reset(const struct scn_device *d, const char *where)
{
	int err = 0;
	char *seen;

	memset(&reset, 0, sizeof(reset));
	reset.dev = d;
	reset.where = where;
	reset.writer = gettid();
	/* Where a look takes longer than a reset lasts, another try may fit. */
	for (int i = 0; i < TRIES && !reset.looks; i++) {
		err = reset_once(d);
		if (err)
			break;
	}
	seen = lasted();
	if (!err)
		return seen;
	free(seen);
	return errno_name(err);
}
