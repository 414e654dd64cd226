// SPDX-License-Identifier: GPL-2.0-only
/* Physical memory and registers, through /dev/mem. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "guest.h"

static int open_mem(void)
{
	int fd = open("/dev/mem", O_RDWR | O_SYNC | O_CLOEXEC);

	if (fd < 0)
		die("cannot open /dev/mem: %s", strerror(errno));
	return fd;
}

void *mem_map(__u64 addr, size_t size)
{
	int fd = open_mem();
	void *p;

	p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, addr);
	if (p == MAP_FAILED)
		die("cannot map 0x%llx: %s", addr, strerror(errno));
	close(fd);
	return p;
}

/* RAM as the kernel sees it: not a mapping of our own, with its own attributes */
__u64 mem_read(__u64 addr)
{
	static int fd = -1;
	__u64 val;

	if (fd < 0)
		fd = open_mem();
	if (pread(fd, &val, sizeof(val), addr) != sizeof(val))
		die("cannot read 0x%llx: %s", addr, strerror(errno));
	return val;
}
