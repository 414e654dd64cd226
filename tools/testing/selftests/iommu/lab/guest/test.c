// SPDX-License-Identifier: GPL-2.0-only
/*
 * Other people's programs. One of the kernel's own selftests: runs it, passes
 * on and counts its lines. Or a user of devices: what it says last.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest.h"

#define KSFT_SKIP	4

struct tally {
	unsigned int plan, pass, fail, skip;
	char *why;		/* nothing was run, and that is the reason */
};

/* Subtests are indented and count within the test that they are part of. */
static void count(struct tally *t, const char *line)
{
	const char *skip = strstr(line, "# SKIP");

	if (sscanf(line, "1..%u", &t->plan) == 1) {
		if (!t->plan && skip)
			t->why = xstrdup(skip + strlen("# "));
	} else if (!strncmp(line, "not ok ", 7)) {
		t->fail++;
	} else if (!strncmp(line, "ok ", 3)) {
		if (skip)
			t->skip++;
		else
			t->pass++;
	}
}

/* A device's name stands for its address. */
static noreturn void child(const struct scn_step *s, const char *path, int out)
{
	const char *argv[SCN_MAX_ARGS + 1] = { path };
	int null = open("/dev/null", O_RDONLY);

	for (int i = 1; i < s->argc; i++)
		argv[i] = pci_bdf(pci_dev(s->argv[i]));
	dup2(null, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	dup2(out, STDERR_FILENO);
	execv(path, (char **)argv);
	printf("cannot run %s: %s\n", path, strerror(errno));
	fflush(NULL);
	_exit(127);
}

/* How it ended, as far as its lines do not say that. */
static char *ending(const struct tally *t, int status)
{
	unsigned int seen = t->pass + t->fail + t->skip;

	if (WIFSIGNALED(status))
		return xasprintf(", killed by SIG%s",
				 sigabbrev_np(WTERMSIG(status)));
	if (seen != t->plan)
		return xasprintf(", %d missing", (int)(t->plan - seen));
	if (!seen || !WEXITSTATUS(status) != !t->fail)
		return xasprintf(", exit code %d", WEXITSTATUS(status));
	return xstrdup("");
}

/* A program and what it prints, line by line */
struct running {
	char *path;
	pid_t pid;
	FILE *out;
};

static bool start(struct running *r, const struct scn_step *s)
{
	int fds[2];

	r->path = xasprintf("/tests/%s", s->argv[0]);
	if (access(r->path, X_OK)) {
		free(r->path);
		return false;
	}
	fflush(NULL);
	if (pipe2(fds, O_CLOEXEC))
		die("cannot make a pipe: %s", strerror(errno));
	r->pid = fork();
	if (r->pid < 0)
		die("cannot fork: %s", strerror(errno));
	if (!r->pid)
		child(s, r->path, fds[1]);
	close(fds[1]);
	r->out = fdopen(fds[0], "r");
	if (!r->out)
		die("cannot read a pipe: %s", strerror(errno));
	return true;
}

/* The next line, also in the log, or NULL */
static char *next_line(struct running *r)
{
	char *line = NULL;
	size_t size = 0;

	if (getline(&line, &size, r->out) <= 0) {
		free(line);
		return NULL;
	}
	line[strcspn(line, "\r\n")] = '\0';
	diag("| %.700s", line);
	return line;
}

static int end(struct running *r)
{
	int status;

	if (waitpid(r->pid, &status, 0) != r->pid)
		die("%s: lost: %s", r->path, strerror(errno));
	fclose(r->out);
	free(r->path);
	return status;
}

/* "N passed, N skipped, N failed"; more than that is not as it should be. */
char *test_run(const struct scn_step *s)
{
	struct tally t = { 0 };
	char *line, *how, *out;
	struct running r;
	int status;

	if (!start(&r, s))
		return xstrdup("SKIP this kernel's sources do not have it");
	while ((line = next_line(&r))) {
		count(&t, line);
		free(line);
	}
	status = end(&r);

	if (t.why)
		return t.why;
	if (!t.plan && WIFEXITED(status) && WEXITSTATUS(status) == KSFT_SKIP)
		return xstrdup("SKIP it wants something that is not there");
	how = ending(&t, status);
	out = xasprintf("%u passed, %u skipped, %u failed%s", t.pass, t.skip,
			t.fail, how);
	free(how);
	return out;
}

/* The last line says what came of it. */
char *test_client(const struct scn_step *s)
{
	char *line, *last = xstrdup("nothing");
	struct running r;
	int status;

	if (!start(&r, s))
		return xasprintf("no program %s", s->argv[0]);
	while ((line = next_line(&r))) {
		free(last);
		last = line;
	}
	status = end(&r);
	if (!status)
		return last;
	line = WIFSIGNALED(status) ?
	       xasprintf("%s, killed by SIG%s", last,
			 sigabbrev_np(WTERMSIG(status))) :
	       xasprintf("%s, exit code %d", last, WEXITSTATUS(status));
	free(last);
	return line;
}
