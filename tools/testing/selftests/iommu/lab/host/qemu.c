// SPDX-License-Identifier: GPL-2.0-only
/* A scenario's machine as a QEMU command line. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "lab.h"

#define MAX_ARGS 128

static const char *argv[MAX_ARGS];
static int argc;

static void add(const char *arg)
{
	if (argc == MAX_ARGS - 1)
		die("QEMU's command line grew beyond %d words", MAX_ARGS);
	argv[argc++] = arg;
}

/*
 * TCG may trip the timer check; the hole is for the tables' regions; registers
 * of a device that has a driver are looked at through /dev/mem.
 */
#define X86_CMDLINE "console=ttyS0 no_timer_check memmap=1M$0x3e000000" \
		    " iomem=relaxed"
/*
 * QEMU has no southbridge where its IVRS has the IOAPIC. Kernels that look for one
 * there do without interrupt remapping, which is not the matter here.
 */
#define AMD_CMDLINE " vfio_iommu_type1.allow_unsafe_interrupts=1" \
		    " iommufd.allow_unsafe_interrupts=1"

static void start_intel(const struct options *opt, const struct scenario *scn)
{
	add("qemu-system-x86_64");
	add("-machine");
	add(xasprintf("q35,kernel-irqchip=split,accel=%s", opt->accel));
	add("-cpu");
	add(strcmp(opt->accel, "kvm") ? "max" : "host");
	/* Before every other device, or those bypass it. */
	add("-device");
	add(xasprintf("intel-iommu,intremap=on%s%s", scn->iommu ? "," : "",
		      scn->iommu ? scn->iommu : ""));
}

/* It takes slot 1 and does not translate: no DMA says anything here. */
static void start_amd(const struct options *opt, const struct scenario *scn)
{
	add("qemu-system-x86_64");
	add("-machine");
	add(xasprintf("q35,kernel-irqchip=%s,accel=%s",
		      strcmp(opt->accel, "kvm") ? "off" : "split", opt->accel));
	add("-cpu");
	add(strcmp(opt->accel, "kvm") ? "max" : "host");
	add("-device");
	add(xasprintf("amd-iommu%s%s", scn->iommu ? "," : "",
		      scn->iommu ? scn->iommu : ""));
}

/* For tests of software: a mock would not get its devices beside hardware. */
static void start_none(const struct options *opt, const struct scenario *scn)
{
	(void)scn;
	add("qemu-system-x86_64");
	add("-machine");
	add(xasprintf("q35,accel=%s", opt->accel));
	add("-cpu");
	add(strcmp(opt->accel, "kvm") ? "max" : "host");
}

static void start_arm(const struct options *opt, const struct scenario *scn)
{
	(void)scn;
	if (strcmp(opt->accel, "tcg"))
		die("the arm machine is emulated: --accel tcg");
	add("qemu-system-aarch64");
	add("-machine");
	add(ARM_MACHINE);
	add("-cpu");
	add("max,pauth-impdef=on");
}

/*
 * The same behind UEFI, which hands over QEMU's ACPI tables; two are replaced.
 * What firmware uses is memory that no table calls RAM.
 */
static void start_iort(const struct options *opt, const struct scenario *scn)
{
	start_arm(opt, scn);
	add("-bios");
	add("/usr/share/qemu-efi-aarch64/QEMU_EFI.fd");
	add("-m");
	add("slots=1,maxmem=4G");
	add("-object");
	add("memory-backend-ram,id=firmware,size=2M");
	add("-device");
	add("pc-dimm,memdev=firmware,addr=0x80000000");
}

static const struct {
	struct machine m;
	void (*start)(const struct options *opt, const struct scenario *scn);
} machines[] = {
	{
		.m = {
			.name = "intel",
			.arch = "x86_64",
			.init = "init-x86_64",
			.table = "dmar",
			.cmdline = X86_CMDLINE " intel_iommu=on",
		},
		.start = start_intel,
	},
	{
		.m = {
			.name = "amd",
			.arch = "x86_64",
			.init = "init-x86_64",
			.table = "ivrs",
			.cmdline = X86_CMDLINE AMD_CMDLINE,
		},
		.start = start_amd,
	},
	{
		.m = {
			.name = "none",
			.arch = "x86_64",
			.init = "init-x86_64",
			.cmdline = X86_CMDLINE,
		},
		.start = start_none,
	},
	{
		.m = {
			.name = "arm",
			.arch = "arm64",
			.init = "init-arm64",
			.dtb = true,
			.cmdline = "console=ttyAMA0",
		},
		.start = start_arm,
	},
	{
		.m = {
			.name = "iort",
			.arch = "arm64",
			.init = "init-arm64",
			.table = "iort",
			.dsdt = "virt",
			.cmdline = "console=ttyAMA0",
		},
		.start = start_iort,
	},
};

const struct machine *machine_find(const struct scenario *scn)
{
	for (int i = 0; i < ARRAY_SIZE(machines); i++)
		if (!strcmp(machines[i].m.name, scn->machine))
			return &machines[i].m;
	die("%s: no machine \"%s\"", scn->path, scn->machine);
}

/* Nothing on disk before it is written to, and gone with the machine */
#define DRIVE	"if=none,format=raw,snapshot=on,file.driver=null-co," \
		"file.read-zeroes=on,"

/* Fixed addresses: no name depends on the order of probing. */
static void devices(const struct scenario *scn)
{
	for (int i = 0; i < scn->ndrives; i++) {
		add("-drive");
		add(xasprintf(DRIVE "id=%s,file.size=%s", scn->drives[i].name,
			      scn->drives[i].size));
	}
	for (int i = 0; i < scn->nextras; i++) {
		add("-device");
		add(scn->extras[i]);
	}
	for (int i = 0; i < scn->ndevices; i++) {
		const struct scn_device *d = &scn->devices[i];

		if (!strcmp(d->model, "-"))
			continue;
		add("-device");
		add(xasprintf("%s,id=%s,bus=%s,addr=%x.%x", d->model, d->name,
			      d->bridge < 0 ? "pcie.0" :
			      scn->devices[d->bridge].name, d->slot, d->fn));
	}
}

static char *cmdline(const struct options *opt, const struct machine *m,
		     const struct scenario *scn, const char *append)
{
	static const char common[] =
		"panic=-1 oops=panic printk.devkmsg=on log_buf_len=1M";

	return xasprintf("%s %s lab_name=%s %s %s", m->cmdline, common,
			 opt->kernel_name, scn->cmdline ? scn->cmdline : "", append);
}

void qemu_exec(const struct options *opt, const struct machine *m,
	       const struct scenario *scn, const char *initrd, const char *dtb,
	       const char *append)
{
	sigset_t none;

	/* However the lab ends, its machines end with it. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);

	for (int i = 0; i < ARRAY_SIZE(machines); i++)
		if (m == &machines[i].m)
			machines[i].start(opt, scn);
	add("-nodefaults");
	add("-no-user-config");
	add("-no-reboot");
	add("-display");
	add("none");
	add("-serial");
	add("stdio");
	add("-m");
	add(scn->memory);
	add("-smp");
	add(xasprintf("%d", scn->smp));
	devices(scn);
	add("-kernel");
	add(opt->kernel);
	add("-initrd");
	add(initrd);
	if (dtb) {
		add("-dtb");
		add(dtb);
	}
	add("-append");
	add(cmdline(opt, m, scn, append));
	execvp(argv[0], (char **)argv);
	fprintf(stderr, "lab: cannot run %s: %s; install its package\n",
		argv[0], strerror(errno));
	_exit(127);
}
