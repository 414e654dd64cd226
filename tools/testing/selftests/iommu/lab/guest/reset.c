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

static struct {
	const struct scn_device *dev;
	const char *where;
	char *seen;
	bool over;
} reset;

/* Everything seen, each once */
static void note(char *now)
{
	char *seen = reset.seen;

	if (!seen) {
		reset.seen = now;
		return;
	}
	if (!strstr(seen, now)) {
		reset.seen = xasprintf("%s, %s", seen, now);
		free(seen);
	}
	free(now);
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

	reset.dev = d;
	reset.where = where;
	reset.seen = NULL;
	reset.over = false;
	if (pthread_create(&thread, NULL, look, NULL))
		die("cannot start a thread");
	err = write_str(path, "1");
	__atomic_store_n(&reset.over, true, __ATOMIC_RELEASE);
	pthread_join(thread, NULL);
	free(path);
	seen = reset.seen;
	if (!err)
		return seen ? seen : xstrdup("nothing seen");
	free(seen);
	return errno_name(err);
}
