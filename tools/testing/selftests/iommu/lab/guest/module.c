// SPDX-License-Identifier: GPL-2.0-only
/* Modules, for a kernel of a distribution, which has little built in. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "guest.h"

/* Built in, "name.parameter=value" on the command line is the kernel's. */
static char *parameters(const char *module)
{
	char *line = read_line("/proc/cmdline"), *args = xstrdup(""), *word;
	size_t len = strlen(module);

	if (!line)
		die("cannot read /proc/cmdline: %s", strerror(errno));
	for (word = strtok(line, " "); word; word = strtok(NULL, " ")) {
		char *more;

		if (strncmp(word, module, len) || word[len] != '.')
			continue;
		more = xasprintf("%s %s", args, word + len + 1);
		free(args);
		args = more;
	}
	free(line);
	return args;
}

/* "10-vfio-pci.ko": the files are in the order in which they want to be */
static void load(const char *file)
{
	const char *name = strchr(file, '-');
	char *path = xasprintf("/modules/%s", file);
	char *module, *args;
	int fd;

	if (!name)
		die("%s: no number in front of its name", path);
	module = xstrdup(name + 1);
	module[strcspn(module, ".")] = '\0';
	for (char *c = module; *c; c++)
		if (*c == '-')
			*c = '_';
	args = parameters(module);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || syscall(SYS_finit_module, fd, args, 0))
		die("no module %s: %s", path, strerror(errno));
	close(fd);
	free(args);
	free(module);
	free(path);
}

static int is_module(const struct dirent *de)
{
	return *de->d_name != '.';
}

void load_modules(void)
{
	struct dirent **list;
	int n = scandir("/modules", &list, is_module, alphasort);

	for (int i = 0; i < n; i++) {
		load(list[i]->d_name);
		free(list[i]);
	}
	if (n >= 0)
		free(list);
}
