// SPDX-License-Identifier: GPL-2.0-only
/* One machine: started, listened to, and over when it restarts. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../../lab/host/cpio.h"
#include "bench.h"

#define REPORTER	"intel_iommu_get_resv_regions"
#define WAITER		"queued_spin_lock_slowpath"
#define MARK		"jiffies64_to_msecs"
#define CONTENDERS	2	/* as the module has them: each has a mark at both ends */
#define MAX_ARGS	128
#define TIMEOUT		900	/* of a hung machine, never of a measurement */

/*
 * Every instruction takes a nanosecond and idle time costs none; the TSC ticks
 * at that rate. One CPU, but for one question. No random numbers from outside.
 */
#define CMDLINE	"console=ttyS0 loglevel=1 panic=-1 oops=panic no_timer_check " \
		"norandmaps tsc=reliable tsc_early_khz=1000000 "

/* Its balancing has the scheduler wait for another processor, if there are two */
#define APART	" isolcpus=domain,1"

struct vm {
	struct bench *b;
	int kernel;
	bool iommu;
	bool two;		/* processors */
	bool ended;
	char *initrd;
	FILE *log;		/* of the console */
	char *trace;		/* the log of calls, if they are counted, */
	__u64 counted, mark;	/* of what, and from which call on to the next */
	unsigned int devices;
	char *argv[MAX_ARGS];
	int argc;
};

static void add(struct vm *vm, const char *arg)
{
	if (vm->argc == MAX_ARGS - 1)
		die("QEMU's command line grew beyond %d words", MAX_ARGS);
	vm->argv[vm->argc++] = xstrdup(arg);
}

static void add_option(struct vm *vm, const char *option, const char *arg)
{
	add(vm, option);
	add(vm, arg);
}

static void add_table(FILE *f)
{
	size_t len;
	void *table = dmar_table(&len);

	cpio_entry(f, "kernel", S_IFDIR | 0755, "", 0);
	cpio_entry(f, "kernel/firmware", S_IFDIR | 0755, "", 0);
	cpio_entry(f, "kernel/firmware/acpi", S_IFDIR | 0755, "", 0);
	cpio_entry(f, "kernel/firmware/acpi/dmar.aml", S_IFREG | 0644, table,
		   len);
	cpio_end(f);
	free(table);
}

static void build_initrd(struct vm *vm)
{
	FILE *f = fopen(vm->initrd, "we");

	if (!f)
		die("cannot create %s: %s", vm->initrd, strerror(errno));
	if (vm->iommu)
		add_table(f);
	cpio_entry(f, "dev", S_IFDIR | 0755, "", 0);
	cpio_entry(f, "proc", S_IFDIR | 0755, "", 0);
	cpio_entry(f, "sys", S_IFDIR | 0755, "", 0);
	cpio_file(f, "init", 0755, vm->b->init);
	cpio_file(f, BENCH_MODULE + 1, 0644,
		  vm->b->kernels[vm->kernel].module);
	cpio_file(f, BENCH_PASID + 1, 0644,
		  vm->b->kernels[vm->kernel].pasid_module);
	cpio_end(f);
	if (ferror(f) | fclose(f))
		die("cannot write %s: is the disk full?", vm->initrd);
}

static __u64 symbol(const struct kernel *k, const char *name)
{
	char *path = xasprintf("%s/System.map", k->build);
	FILE *f = fopen(path, "re");
	char line[256], sym[256];
	unsigned long long addr;

	if (!f)
		die("cannot open %s: %s", path, strerror(errno));
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "%llx %*c %255s", &addr, sym) == 2 &&
		    !strcmp(sym, name)) {
			fclose(f);
			free(path);
			return addr;
		}
	die("%s has no %s", path, name);
}

static void command(struct vm *vm, const char *what)
{
	const struct kernel *k = &vm->b->kernels[vm->kernel];

	add(vm, "qemu-system-x86_64");
	add_option(vm, "-machine", "q35,kernel-irqchip=split,accel=tcg");
	add_option(vm, "-cpu", "max,-rdrand,-rdseed");
	add_option(vm, "-icount", "shift=0,sleep=off");
	add_option(vm, "-rtc", "base=2024-01-01,clock=vm");
	add_option(vm, "-m", "1G");
	if (vm->two)
		add_option(vm, "-smp", "2");
	add(vm, "-nodefaults");
	add(vm, "-no-user-config");
	add(vm, "-no-reboot");
	add_option(vm, "-display", "none");
	add_option(vm, "-serial", "stdio");
	if (vm->iommu) {
		/* Before every other device, or those bypass it. */
		add_option(vm, "-device", "intel-iommu,intremap=on");
		for (int i = 0; i < ARRAY_SIZE(bench_devices); i++)
			add_option(vm, "-device",
				   xasprintf("edu,bus=pcie.0,addr=%x.0",
					     bench_devices[i].slot));
		for (int i = 0; i < BENCH_CLAIMED; i++)
			add_option(vm, "-device",
				   xasprintf("edu,bus=pcie.0,addr=%x.0",
					     BENCH_CLAIMED_SLOT + i));
	}
	if (vm->trace) {
		/* Logs each run of the code at the function's first byte. */
		add_option(vm, "-d", "exec,nochain");
		add_option(vm, "-dfilter",
			   vm->mark ? xasprintf("0x%llx+1,0x%llx+1", vm->counted,
						vm->mark) :
				      xasprintf("0x%llx+1", vm->counted));
		add_option(vm, "-D", vm->trace);
	}
	add_option(vm, "-kernel",
		   xasprintf("%s/arch/x86/boot/bzImage", k->build));
	add_option(vm, "-initrd", vm->initrd);
	add_option(vm, "-append",
		   xasprintf(CMDLINE "%s%s memmap=0x%llx$0x%llx bench=%s",
			     vm->iommu ? "intel_iommu=on" : "intel_iommu=off",
			     vm->two ? APART : "",
			     BENCH_HOLE_SIZE, BENCH_HOLE, what));
}

static void take_line(struct vm *vm, char *line)
{
	struct bench *b = vm->b;
	unsigned long long x, y;
	char name[64];

	if (strncmp(line, "bench: ", 7))
		return;
	line += 7;
	if (!strncmp(line, "error: ", 7))
		die("the guest says: %s", line + 7);
	if (!strncmp(line, "kernel ", 7)) {
		free(b->kernels[vm->kernel].version);
		b->kernels[vm->kernel].version = xstrdup(line + 7);
	} else if (sscanf(line, "value %63s %llu", name, &x) == 2) {
		report_set(b, vm->kernel, name, x);
	} else if (sscanf(line, "ratio %63s %llu %llu", name, &x, &y) == 3) {
		report_set(b, vm->kernel, name, (double)x / y);
	} else if (sscanf(line, "devices %u", &vm->devices) != 1) {
		vm->ended |= !strcmp(line, "end");
	}
}

static void listen(struct vm *vm, int fd, pid_t pid)
{
	time_t deadline = time(NULL) + TIMEOUT;
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	char line[512];
	size_t len = 0;

	for (;;) {
		char c;

		if (!poll(&pfd, 1, 1000)) {
			if (time(NULL) < deadline)
				continue;
			kill(pid, SIGKILL);
			die("the machine hangs after %d seconds", TIMEOUT);
		}
		if (read(fd, &c, 1) <= 0)
			break;
		fputc(c, vm->log);
		if (c != '\n' && c != '\r' && len < sizeof(line) - 1)
			line[len++] = c;
		if (c == '\n') {
			line[len] = '\0';
			len = 0;
			take_line(vm, line);
		}
	}
}

/* A line is "Trace CPU: HOST [BASE/ADDRESS/...", in hexadecimal digits */
static unsigned int count_calls(struct vm *vm)
{
	FILE *f = fopen(vm->trace, "re");
	unsigned int calls = 0, marks = 0;
	unsigned long long addr;
	char line[512];

	if (!f)
		die("cannot open %s: %s", vm->trace, strerror(errno));
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "Trace %*d: %*x [%*x/%llx", &addr) != 1)
			continue;
		marks += addr == vm->mark;
		calls += addr == vm->counted &&
			 (!vm->mark || marks == CONTENDERS);
	}
	fclose(f);
	unlink(vm->trace);
	if (vm->mark && marks != 2 * CONTENDERS)
		die("%u calls of " MARK ", not %u", marks, 2 * CONTENDERS);
	return calls;
}

void vm_run(struct bench *b, int kernel, const char *what)
{
	struct vm vm = { .b = b, .kernel = kernel };
	const char *name = kernel == PATCHED ? "patched" : "unpatched";
	int fds[2], status;
	char *log;
	pid_t pid;

	vm.iommu = strcmp(what, "probe") && strncmp(what, "pasid", 5);
	vm.two = !strcmp(what, BENCH_CONTEND);
	vm.initrd = xasprintf("%s/bench.initrd", b->scratch);
	if (!strcmp(what, "boot")) {
		vm.counted = symbol(&b->kernels[kernel], REPORTER);
	} else if (vm.two) {
		vm.counted = symbol(&b->kernels[kernel], WAITER);
		vm.mark = symbol(&b->kernels[kernel], MARK);
	}
	if (vm.counted)
		vm.trace = xasprintf("%s/bench.trace", b->scratch);
	log = xasprintf("%s/%s-%s.log", b->scratch, name, what);
	vm.log = fopen(log, "we");
	if (!vm.log)
		die("cannot create %s: %s", log, strerror(errno));
	setlinebuf(vm.log);
	build_initrd(&vm);
	command(&vm, what);
	fprintf(stderr, "bench: %s kernel: %s\n", name, what);

	fflush(NULL);
	if (pipe(fds))
		die("no pipe: %s", strerror(errno));
	pid = fork();
	if (pid < 0)
		die("cannot start a machine: %s", strerror(errno));
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(fds[1], STDOUT_FILENO);
		close(fds[0]);
		close(fds[1]);
		execvp(vm.argv[0], vm.argv);
		fprintf(stderr, "bench: cannot run %s: %s; install its package\n",
			vm.argv[0], strerror(errno));
		_exit(127);
	}
	close(fds[1]);
	listen(&vm, fds[0], pid);
	close(fds[0]);
	fclose(vm.log);
	waitpid(pid, &status, 0);
	unlink(vm.initrd);
	if (!vm.ended)
		die("the machine ended early; its console: %s", log);
	if (vm.two)
		report_set(b, kernel, "pasid-contended", count_calls(&vm));
	else if (vm.trace)
		report_set(b, kernel, "report-calls-intel",
			   (double)count_calls(&vm) / vm.devices);
}
