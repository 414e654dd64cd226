// SPDX-License-Identifier: GPL-2.0-only
/*
 * A device's reset, and what the kernel has programmed for the device while it
 * lasts: that is over before any later step could look.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "guest.h"

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
 * A reset lasts a tenth of a second or more. What was there for a tenth of that
 * or less belongs to the way from one domain to another, or to a look that
 * found half of the one and half of the other.
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
 * Runs while nobody else wants to, which on one CPU is when the kernel waits
 * for the device, not when it is on its way from one domain to another.
 */
static void *look(void *arg)
{
	const struct sched_param none = { 0 };

	(void)arg;
	if (sched_setscheduler(0, SCHED_IDLE, &none))
		die("cannot wait for an idle CPU: %s", strerror(errno));
	while (!__atomic_load_n(&reset.over, __ATOMIC_ACQUIRE))
		note(domain_lookup(reset.dev, reset.where));
	return NULL;
}

char *pci_reset(const struct scn_device *d, const char *where)
{
	char *path = pci_path(d, "reset"), *seen;
	pthread_t thread;
	int err;

	memset(&reset, 0, sizeof(reset));
	reset.dev = d;
	reset.where = where;
	if (pthread_create(&thread, NULL, look, NULL))
		die("cannot start a thread");
	err = write_str(path, "1");
	__atomic_store_n(&reset.over, true, __ATOMIC_RELEASE);
	pthread_join(thread, NULL);
	free(path);
	seen = lasted();
	if (!err)
		return seen;
	free(seen);
	return errno_name(err);
}
