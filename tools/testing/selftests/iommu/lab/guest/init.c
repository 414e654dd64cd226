// SPDX-License-Identifier: GPL-2.0-only
/* PID 1 of the lab's guests: runs a scenario's steps, reports KTAP, restarts. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guest.h"

struct scenario *scn;
static int kmsg = -1;

/*
 * Through the kernel log, so that a line is never torn by the kernel's own
 * and stands in the right place among the faults it is about.
 */
static void report(const char *fmt, va_list ap)
{
	char line[900];
	int n = snprintf(line, sizeof(line), "<5>lab: ");

	vsnprintf(line + n, sizeof(line) - n, fmt, ap);
	if (kmsg < 0 || write(kmsg, line, strlen(line)) < 0)
		printf("%s\n", line);
}

static __printf(1, 2) void ktap(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	report(fmt, ap);
	va_end(ap);
}

void diag(const char *fmt, ...)
{
	char line[800];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	ktap("# %s", line);
}

/* The host runs QEMU with -no-reboot: restarting ends the machine. */
static noreturn void finish(void)
{
	sync();
	reboot(RB_AUTOBOOT);
	for (;;)
		pause();
}

void die(const char *fmt, ...)
{
	char line[800];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	ktap("Bail out! %s", line);
	finish();
}

char *errno_name(int err)
{
	const char *name = strerrorname_np(err);

	return name ? xstrdup(name) : xasprintf("errno %d", err);
}

int write_str(const char *path, const char *val)
{
	int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC), err = 0;

	if (fd < 0)
		return errno;
	if (write(fd, val, strlen(val)) < 0)
		err = errno;
	close(fd);
	return err;
}

/* First line of a file, NULL with errno set if it cannot be read. */
char *read_line(const char *path)
{
	char *s = read_file(path, NULL);

	if (s)
		s[strcspn(s, "\n")] = '\0';
	return s;
}

static char *outcome(int err)
{
	return err ? errno_name(err) : xstrdup("ok");
}

/* What this machine or kernel can do; the rest of the scenario needs it. */
static char *require(const char *what)
{
	if (!strcmp(what, "scalable-mode")) {
		char *ecap = read_line("/sys/class/iommu/dmar0/intel-iommu/ecap");

		/* ECAP.SMTS and ECAP.SLTS */
		if (ecap && (strtoull(ecap, NULL, 16) >> 43 & 9) == 9)
			return xstrdup("ok");
		return xstrdup("SKIP the emulated IOMMU has no scalable mode");
	}
	return access(what, F_OK) ? xasprintf("SKIP no %s", what) :
	       xstrdup("ok");
}

static char *same_group(const char *a, const char *b)
{
	int ga = pci_group(pci_dev(a)), gb = pci_group(pci_dev(b));

	if (ga < 0 || gb < 0)
		return xasprintf("%s has no group", ga < 0 ? a : b);
	return xstrdup(ga == gb ? "yes" : "no");
}

static char *run(const struct scn_step *s)
{
	const char *a1 = s->argc > 1 ? s->argv[1] : NULL;
	const char *a2 = s->argc > 2 ? s->argv[2] : NULL;
	char *val;

	switch (s->verb) {
	case V_ASSIGNABLE:
		return pci_assignable(pci_dev(s->argv[0]));
	case V_ATTACH:
		return vfio_attach(pci_dev(s->argv[0]));
	case V_ATTACHES:
		return log_attaches(pci_dev(s->argv[0]));
	case V_ATTACH_FAULTS:
		return vfio_attach_faults(pci_dev(s->argv[0]));
	case V_BIND:
		return outcome(pci_bind(pci_dev(s->argv[0]), a1));
	case V_CLIENT:
		return test_client(s);
	case V_DMA:
		return edu_dma(pci_dev(s->argv[0]), a1, a2);
	case V_DMESG:
		return log_dmesg(s->argv[0], a1);
	case V_DOMAIN:
		return domain_lookup(pci_dev(s->argv[0]), a1);
	case V_FAULTS:
		return log_faults(s->argv[0]);
	case V_FW_AWAIT:
		return fw_await(pci_dev(s->argv[0]), a1);
	case V_FW_START:
		return fw_start(pci_dev(s->argv[0]), a1);
	case V_FW_STOP:
		return fw_stop(pci_dev(s->argv[0]));
	case V_HOLD:
		return vfio_hold(pci_dev(s->argv[0]), a1, a2);
	case V_MARK:
		log_mark();
		return xstrdup("ok");
	case V_OPEN:
		return vfio_open(pci_dev(s->argv[0]), pci_dev(a1));
	case V_READ:
		val = read_line(s->argv[0]);
		return val ? val : errno_name(errno);
	case V_RELEASE:
		return vfio_release(pci_dev(s->argv[0]));
	case V_REMOVE:
		return pci_remove(pci_dev(s->argv[0]));
	case V_REQUIRE:
		return require(s->argv[0]);
	case V_RESCAN:
		return pci_rescan(pci_dev(s->argv[0]));
	case V_RESET:
		return pci_reset(pci_dev(s->argv[0]), a1);
	case V_RESV:
		return pci_resv(pci_dev(s->argv[0]));
	case V_SAME_GROUP:
		return same_group(s->argv[0], a1);
	case V_SET_TYPE:
		return pci_set_type(pci_dev(s->argv[0]), a1);
	case V_SPLAT:
		return log_splat();
	case V_TEST:
		return test_run(s);
	case V_TYPE:
		return pci_type(pci_dev(s->argv[0]));
	case V_UNBIND:
		return outcome(pci_unbind(pci_dev(s->argv[0])));
	case V_VDPA:
		return vdpa_try(pci_dev(s->argv[0]));
	case V_VFIO_CDEV:
		return vfio_try(pci_dev(s->argv[0]), VFIO_API_CDEV, a1);
	case V_VFIO_COMPAT:
		return vfio_try(pci_dev(s->argv[0]), VFIO_API_COMPAT, a1);
	case V_VFIO_GROUP:
		return vfio_try(pci_dev(s->argv[0]), VFIO_API_GROUP, a1);
	case V_WRITE:
		return outcome(write_str(s->argv[0], a1));
	}
	die("step \"%s\" is not implemented", s->text);
}

static void run_all(const char *kernel)
{
	const char *skip = NULL;

	ktap("KTAP version 1");
	ktap("1..%d", scn->nsteps);
	for (int i = 0; i < scn->nsteps; i++) {
		struct scn_step *s = &scn->steps[i];
		char *expect = scn_expect(s, kernel), *got;

		if (skip) {
			ktap("ok %d %s # SKIP %s", i + 1, s->text, skip);
			continue;
		}
		got = run(s);
		if (!strncmp(got, "SKIP ", 5)) {
			ktap("ok %d %s # %s", i + 1, s->text, got);
			if (s->verb == V_REQUIRE)
				skip = got + 5;
		} else if (scn_match(expect, got)) {
			ktap("ok %d %s: %s", i + 1, s->text, got);
		} else {
			diag("expected: %s", expect);
			ktap("not ok %d %s: %s", i + 1, s->text, got);
		}
	}
}

static void mount_one(const char *type, const char *dir)
{
	mkdir(dir, 0755);
	if (mount(type, dir, type, 0, NULL) && errno != EBUSY)
		printf("lab: cannot mount %s: %s\n", type, strerror(errno));
}

int main(void)
{
	const char *kernel = getenv("lab_name");

	mount_one("devtmpfs", "/dev");
	mount_one("proc", "/proc");
	mount_one("sysfs", "/sys");
	mount_one("debugfs", "/sys/kernel/debug");
	mount_one("tracefs", "/sys/kernel/tracing");
	kmsg = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);

	if (getenv("lab_shell")) {
		execl("/busybox", "sh", "-c",
		      "/busybox --install -s /bin; export PATH=/bin; exec setsid cttyhack sh",
		      (char *)NULL);
		die("cannot run the shell: %s", strerror(errno));
	}

	scn = scn_load("/scenario.scn");
	load_modules();
	log_init();
	pci_init();
	vfio_init();
	run_all(kernel ? kernel : "");
	finish();
}
