// SPDX-License-Identifier: GPL-2.0-only
/* Runs machines side by side and reads their consoles. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lab.h"

static time_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec;
}

static void start_machine(const struct options *opt, struct run *r)
{
	const struct machine *m = machine_find(r->scn);
	char *path, *table;
	int fds[2];

	/* No result of an earlier run may pass for this one's. */
	result_remove(opt, r->scn);
	table = m->table ? firmware_build(opt, m, r->scn) : NULL;
	r->dtb = m->dtb ? dtb_build(opt, r->scn) : NULL;
	r->initrd = initrd_build(opt, m, r->scn, table, false);
	free(table);
	path = xasprintf("%s/%s/%s.log", opt->out, opt->name, r->scn->name);
	r->log = fopen(path, "we");
	if (!r->log)
		die("cannot write %s: %s", path, strerror(errno));
	setlinebuf(r->log);
	free(path);
	r->ktap_stream = open_memstream(&r->ktap, &r->ktap_len);
	if (!r->ktap_stream || pipe2(fds, O_CLOEXEC))
		die("cannot start a machine: %s", strerror(errno));
	fflush(NULL);
	r->pid = fork();
	if (r->pid < 0)
		die("cannot start a machine: %s", strerror(errno));
	if (!r->pid) {
		int null = open("/dev/null", O_RDONLY);

		dup2(null, STDIN_FILENO);
		dup2(fds[1], STDOUT_FILENO);
		dup2(fds[1], STDERR_FILENO);
		qemu_exec(opt, m, r->scn, r->initrd, r->dtb, "");
	}
	close(fds[1]);
	r->fd = fds[0];
	r->deadline = now() + opt->timeout;
}

static void remove_inputs(const struct run *r)
{
	unlink(r->initrd);
	if (r->dtb)
		unlink(r->dtb);
}

static void console(struct run *r, const char *buf, size_t len)
{
	fwrite(buf, 1, len, r->log);
	for (size_t i = 0; i < len; i++) {
		if (buf[i] == '\n' || r->len == sizeof(r->line) - 1) {
			r->line[r->len] = '\0';
			result_line(r, r->line);
			r->len = 0;
		}
		if (buf[i] != '\n' && buf[i] != '\r')
			r->line[r->len++] = buf[i];
	}
}

/* Reads what there is; the machine is over when its console closes. */
static void serve(struct run *r)
{
	char buf[4096];
	ssize_t n = read(r->fd, buf, sizeof(buf));

	if (n > 0) {
		console(r, buf, n);
		return;
	}
	if (r->len)
		console(r, "\n", 1);
	close(r->fd);
	waitpid(r->pid, NULL, 0);
	fclose(r->log);
	remove_inputs(r);
	r->pid = 0;
	r->done = true;
}

static void kill_all(struct run *runs, int n)
{
	for (int i = 0; i < n; i++)
		if (runs[i].pid) {
			kill(runs[i].pid, SIGKILL);
			waitpid(runs[i].pid, NULL, 0);
			remove_inputs(&runs[i]);
		}
}

static void check_deadline(struct run *r)
{
	if (now() < r->deadline || r->timed_out)
		return;
	r->timed_out = true;
	kill(r->pid, SIGKILL);
}

static void make_dirs(const struct options *opt)
{
	char *dir = xasprintf("%s/%s", opt->out, opt->name), *slash = dir;

	while ((slash = strchr(slash + 1, '/'))) {
		*slash = '\0';
		mkdir(dir, 0755);
		*slash = '/';
	}
	if (mkdir(dir, 0755) && errno != EEXIST)
		die("cannot create %s: %s", dir, strerror(errno));
	free(dir);
}

static int signal_fd(void)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	fd = sigprocmask(SIG_BLOCK, &set, NULL) ? -1 :
	     signalfd(-1, &set, SFD_CLOEXEC);
	if (fd < 0)
		die("cannot catch signals: %s", strerror(errno));
	return fd;
}

int run_all(const struct options *opt, struct scenario **scns, int n)
{
	struct run *runs = xcalloc(n * sizeof(*runs));
	int started = 0, reported = 0, live = 0;
	struct totals tot = { 0 };
	int sigfd;

	make_dirs(opt);
	for (int i = 0; i < n; i++) {
		runs[i].scn = scns[i];
		machine_find(scns[i]);
	}

	sigfd = signal_fd();
	printf("KTAP version 1\n1..%d\n", n);
	while (reported < n) {
		struct pollfd pfd[MAX_JOBS + 1];
		struct run *who[MAX_JOBS];
		int nfds = 0;

		while (live < opt->jobs && started < n) {
			start_machine(opt, &runs[started++]);
			live++;
		}
		for (int i = 0; i < started; i++)
			if (runs[i].pid) {
				pfd[nfds].fd = runs[i].fd;
				pfd[nfds].events = POLLIN;
				who[nfds++] = &runs[i];
			}
		pfd[nfds].fd = sigfd;
		pfd[nfds].events = POLLIN;
		if (poll(pfd, nfds + 1, 1000) < 0 && errno != EINTR)
			die("cannot wait for machines: %s", strerror(errno));
		if (pfd[nfds].revents) {
			kill_all(runs, n);
			die("interrupted; its machines are gone");
		}
		for (int i = 0; i < nfds; i++) {
			check_deadline(who[i]);
			if (pfd[i].revents)
				serve(who[i]);
			live -= who[i]->done;
		}
		/* In the order they were asked for, whichever ends first. */
		while (reported < started && runs[reported].done) {
			result_finish(opt, &runs[reported], reported + 1, &tot);
			fflush(stdout);
			reported++;
		}
	}
	close(sigfd);
	printf("# Totals: pass:%u fail:%u skip:%u\n", tot.pass, tot.fail,
	       tot.skip);
	free(runs);
	return tot.fail || !tot.pass;
}

int run_shell(const struct options *opt, struct scenario *scn)
{
	const struct machine *m = machine_find(scn);
	char *initrd, *dtb, *table;
	int status;
	pid_t pid;

	make_dirs(opt);
	table = m->table ? firmware_build(opt, m, scn) : NULL;
	dtb = m->dtb ? dtb_build(opt, scn) : NULL;
	initrd = initrd_build(opt, m, scn, table, true);
	fflush(NULL);
	pid = fork();
	if (pid < 0)
		die("cannot start a machine: %s", strerror(errno));
	if (!pid)
		qemu_exec(opt, m, scn, initrd, dtb, "lab_shell=1");
	waitpid(pid, &status, 0);
	unlink(initrd);
	if (dtb)
		unlink(dtb);
	result_remove(opt, scn);
	return !WIFEXITED(status) || WEXITSTATUS(status);
}
