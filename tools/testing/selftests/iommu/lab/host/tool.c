// SPDX-License-Identifier: GPL-2.0-only
/* Other people's programs, run for what they write. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lab.h"

/* Quietly: who wants to know more can run it on @input, which stays. */
void tool_run(const char *package, const char *input, const char *dir,
	      const char * const *argv)
{
	int status = -1;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (!pid) {
		int null = open("/dev/null", O_RDWR);

		dup2(null, STDIN_FILENO);
		dup2(null, STDOUT_FILENO);
		dup2(null, STDERR_FILENO);
		if (chdir(dir))
			_exit(1);
		execvp(argv[0], (char **)argv);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		die("cannot run %s", argv[0]);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		die("%s is missing: install %s", argv[0], package);
	if (status)
		die("%s refuses %s", argv[0], input);
}
