// SPDX-License-Identifier: GPL-2.0-only
/*
 * QEMU's edu as a device that does DMA, on request or as firmware would: on
 * its own, all the time. Its registers are reached through /dev/mem so that
 * neither a driver nor the removal of the device stops the firmware.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "guest.h"

#define EDU_BAR_SIZE	0x1000
#define EDU_ID		0x010000edU
#define EDU_DMA_SRC	0x80
#define EDU_DMA_DST	0x88
#define EDU_DMA_CNT	0x90
#define EDU_DMA_CMD	0x98
#define  EDU_CMD_RUN	0x1
#define  EDU_CMD_TO_MEM	0x2
#define EDU_BUF		0x40000

/* One transfer; less than the device's buffer and within a page. */
#define CHUNK		512

struct edu {
	__u8 *bar;
	bool gone;
};

static struct {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t done;
	const struct scn_device *dev;
	struct edu edu;
	__u64 base;
	__u8 *mem;
	unsigned long rounds;
	unsigned long lost;
	bool stop;
} fw = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.done = PTHREAD_COND_INITIALIZER,
};

/* Atomic accesses: the compiler keeps each, and as a single one. */
static void edu_write(struct edu *edu, unsigned int reg, __u64 val)
{
	__atomic_store_n((__u64 *)(edu->bar + reg), val, __ATOMIC_RELEASE);
}

static __u64 edu_read(struct edu *edu, unsigned int reg)
{
	return __atomic_load_n((__u64 *)(edu->bar + reg), __ATOMIC_ACQUIRE);
}

static void edu_open(const struct scn_device *d, struct edu *edu)
{
	__u64 bar = pci_bar(d);

	if (!bar)
		die("%s: %s has no BAR, is it there?", scn->name, d->name);
	pci_set_master(d);
	edu->bar = mem_map(bar, EDU_BAR_SIZE);
	edu->gone = false;
	if (__atomic_load_n((__u32 *)edu->bar, __ATOMIC_ACQUIRE) != EDU_ID)
		die("%s: %s is not an edu", scn->name, d->name);
}

static void edu_close(struct edu *edu)
{
	munmap(edu->bar, EDU_BAR_SIZE);
}

/* The device clears RUN when the transfer is over, refused or not. */
static void edu_run(struct edu *edu, __u64 addr, bool to_mem)
{
	edu_write(edu, EDU_DMA_SRC, to_mem ? EDU_BUF : addr);
	edu_write(edu, EDU_DMA_DST, to_mem ? addr : EDU_BUF);
	edu_write(edu, EDU_DMA_CNT, CHUNK);
	edu_write(edu, EDU_DMA_CMD, EDU_CMD_RUN | (to_mem ? EDU_CMD_TO_MEM : 0));
	for (;;) {
		__u64 val = edu_read(edu, EDU_DMA_CMD);

		if (val == ~0ULL)
			edu->gone = true;
		if (edu->gone || !(val & EDU_CMD_RUN))
			break;
		sched_yield();
	}
}

/* A pattern that no earlier transfer can have left behind. */
static void fill(__u8 *p, unsigned long seed)
{
	for (unsigned int i = 0; i < CHUNK; i++)
		p[i] = (seed * 2654435761UL >> (i % 4 * 8)) ^ i;
}

__u64 edu_addr(const char *s)
{
	struct scn_region *r = scn_region(scn, s);
	__u64 addr;

	if (r)
		return r->start;
	if (!strcmp(s, "user"))
		return USER_IOVA;
	if (!scn_parse_size(s, &addr))
		die("%s: %s is no region and no address", scn->name, s);
	return addr;
}

/* The CPU's view of an address a device uses; NULL if it has none. */
static __u8 *cpu_view(__u64 addr)
{
	__u64 page = sysconf(_SC_PAGESIZE) - 1;

	for (int i = 0; i < scn->nregions; i++) {
		struct scn_region *r = &scn->regions[i];

		if (addr >= r->start && addr < r->start + r->size)
			return mem_map(addr & ~page, page + 0x1001) +
			       (addr & page);
	}
	if (addr >= USER_IOVA && addr < USER_IOVA + USER_SIZE)
		return (__u8 *)vfio_user_buffer() + (addr - USER_IOVA);
	return NULL;
}

/*
 * Copies a chunk through the device from @src to @dst, by default right behind
 * @src. "fault": nothing arrived and the IOMMU reported it; "lost": nothing
 * arrived without a report; "leak": something else arrived.
 */
char *edu_dma(const struct scn_device *d, const char *src, const char *dst)
{
	static unsigned long seed = 1000000;
	__u64 from = edu_addr(src);
	__u64 to = dst ? edu_addr(dst) + CHUNK : from + CHUNK;
	__u8 *in = cpu_view(from), *out = cpu_view(to);
	__u8 want[CHUNK], before[CHUNK];
	unsigned long irqs;
	struct edu edu;

	if (fw_running() && fw.dev == d)
		die("%s: %s is busy with firmware's DMA", scn->name, d->name);
	if (!pci_present(d))
		return xstrdup("absent");

	fill(want, seed++);
	fill(before, seed++);
	if (in) {
		memcpy(in, want, CHUNK);
		/* Memory that is not written, such as a ROM, has its own. */
		memcpy(want, in, CHUNK);
	}
	if (out)
		memcpy(out, before, CHUNK);

	irqs = log_fault_irqs();
	edu_open(d, &edu);
	edu_run(&edu, from, false);
	if (!edu.gone)
		edu_run(&edu, to, true);
	edu_close(&edu);
	if (edu.gone)
		return xstrdup("gone");
	irqs = log_fault_irqs() - irqs;

	if (in && out && !memcmp(out, want, CHUNK))
		return xstrdup(irqs ? "ok, with faults" : "ok");
	if (!out || !memcmp(out, before, CHUNK))
		return xstrdup(irqs ? "fault" : out ? "lost" : "ok");
	return xstrdup("leak");
}

static void *fw_thread(void *arg)
{
	unsigned long round = 0;
	bool stop = false;

	(void)arg;
	while (!stop) {
		__u8 want[CHUNK], before[CHUNK];
		bool ok;

		/* Two pages of the region, so that a lost PTE shows as well. */
		fill(want, 2 * ++round);
		fill(before, 2 * round + 1);
		memcpy(fw.mem, want, CHUNK);
		memcpy(fw.mem + 0x1000, before, CHUNK);
		edu_run(&fw.edu, fw.base, false);
		if (!fw.edu.gone)
			edu_run(&fw.edu, fw.base + 0x1000, true);
		ok = !memcmp(fw.mem + 0x1000, want, CHUNK);

		pthread_mutex_lock(&fw.lock);
		fw.rounds++;
		fw.lost += !ok;
		if (fw.edu.gone)
			fw.stop = true;
		stop = fw.stop;
		pthread_cond_broadcast(&fw.done);
		pthread_mutex_unlock(&fw.lock);
	}
	return NULL;
}

bool fw_running(void)
{
	return fw.dev && !fw.edu.gone;
}

unsigned long fw_rounds(void)
{
	unsigned long ret;

	pthread_mutex_lock(&fw.lock);
	ret = fw.rounds;
	pthread_mutex_unlock(&fw.lock);
	return ret;
}

char *fw_start(const struct scn_device *d, const char *region)
{
	struct scn_region *r = scn_region(scn, region);

	if (!r)
		die("%s: no region %s", scn->name, region);
	if (fw.dev)
		die("%s: firmware is running already", scn->name);
	fw.base = r->start;
	fw.mem = mem_map(fw.base, 0x2000);
	fw.rounds = 0;
	fw.lost = 0;
	fw.stop = false;
	edu_open(d, &fw.edu);
	fw.dev = d;
	if (pthread_create(&fw.thread, NULL, fw_thread, NULL))
		die("cannot start firmware's thread");
	return xstrdup("ok");
}

static char *fw_verdict(unsigned long lost)
{
	if (fw.edu.gone)
		return xstrdup("gone");
	return lost ? xasprintf("%lu lost", lost) : xstrdup("ok");
}

/* Waits for transfers, not for time: edu ends every one it started. */
char *fw_await(const struct scn_device *d, const char *rounds)
{
	unsigned long until, lost;

	if (fw.dev != d)
		die("%s: no firmware DMA by %s", scn->name, d->name);
	pthread_mutex_lock(&fw.lock);
	until = fw.rounds + strtoul(rounds, NULL, 10);
	lost = fw.lost;
	while (fw.rounds < until && !fw.stop)
		pthread_cond_wait(&fw.done, &fw.lock);
	lost = fw.lost - lost;
	pthread_mutex_unlock(&fw.lock);
	return fw_verdict(lost);
}

char *fw_stop(const struct scn_device *d)
{
	if (fw.dev != d)
		die("%s: no firmware DMA by %s", scn->name, d->name);
	pthread_mutex_lock(&fw.lock);
	fw.stop = true;
	pthread_mutex_unlock(&fw.lock);
	pthread_join(fw.thread, NULL);
	diag("%s: %lu round trips, %lu lost", d->name, fw.rounds, fw.lost);
	munmap(fw.mem, 0x2000);
	edu_close(&fw.edu);
	fw.dev = NULL;
	return fw_verdict(fw.lost);
}
