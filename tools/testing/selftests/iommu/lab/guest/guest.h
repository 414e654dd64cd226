/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guest's init. Every step answers with an outcome: a freshly allocated
 * string that is compared with what the scenario expects of this kernel.
 */
#ifndef LAB_GUEST_H
#define LAB_GUEST_H

#include <stdbool.h>
#include <stddef.h>

#include "../scenario.h"
#include "../util.h"

#define BDF_LEN		sizeof("0000:00:00.0")

/* Where the user of a claimed device has its buffer, and its size. */
#define USER_IOVA	0x10000000ULL
#define USER_SIZE	0x10000

extern struct scenario *scn;

/* init.c */
char *errno_name(int err);
__printf(1, 2) void diag(const char *fmt, ...);
int write_str(const char *path, const char *val);
char *read_line(const char *path);

/* pci.c */
void pci_init(void);
struct scn_device *pci_dev(const char *name);
const char *pci_bdf(const struct scn_device *d);
const char *pci_alias(const struct scn_device *d);
char *pci_path(const struct scn_device *d, const char *file);
bool pci_present(const struct scn_device *d);
int pci_bind(const struct scn_device *d, const char *driver);
int pci_unbind(const struct scn_device *d);
char *pci_driver(const struct scn_device *d);
int pci_group(const struct scn_device *d);
void pci_set_master(const struct scn_device *d);
__u64 pci_bar(const struct scn_device *d);
char *pci_remove(const struct scn_device *d);
char *pci_rescan(const struct scn_device *d);
char *pci_type(const struct scn_device *d);
char *pci_set_type(const struct scn_device *d, const char *type);
char *pci_resv(const struct scn_device *d);
char *pci_assignable(const struct scn_device *d);

/* vfio.c */
enum vfio_api { VFIO_API_GROUP, VFIO_API_COMPAT, VFIO_API_CDEV };

void vfio_init(void);
void *vfio_user_buffer(void);
char *vfio_try(const struct scn_device *d, enum vfio_api api, const char *opt);
char *vfio_hold(const struct scn_device *d, const char *api, const char *stage);
char *vfio_attach(const struct scn_device *d);
char *vfio_attach_faults(const struct scn_device *d);
char *vfio_open(const struct scn_device *d, const struct scn_device *holder);
char *vfio_release(const struct scn_device *d);

/* vdpa.c */
char *vdpa_try(const struct scn_device *d);

/* edu.c */
char *edu_dma(const struct scn_device *d, const char *src, const char *dst);
__u64 edu_addr(const char *s);
char *fw_start(const struct scn_device *d, const char *region);
char *fw_await(const struct scn_device *d, const char *rounds);
char *fw_stop(const struct scn_device *d);
unsigned long fw_rounds(void);
bool fw_running(void);

/* log.c */
void log_init(void);
void log_mark(void);
unsigned long log_fault_irqs(void);
char *log_faults(const char *dev);
char *log_attaches(const struct scn_device *d);
char *log_dmesg(const char *dev, const char *regex);
char *log_splat(void);

/* test.c */
char *test_run(const struct scn_step *s);
char *test_client(const struct scn_step *s);

/* module.c */
void load_modules(void);

/* mem.c */
void *mem_map(__u64 addr, size_t size);
__u64 mem_read(__u64 addr);

/* domain.c, and a file for each vendor */
char *domain_lookup(const struct scn_device *d, const char *addr);
__u64 domain_registers(const char *name);
unsigned int domain_rid(const struct scn_device *d);
char *domain_intel(const struct scn_device *d, __u64 addr);
char *domain_amd(const struct scn_device *d, __u64 addr);
char *domain_arm(const struct scn_device *d, __u64 addr);

/* reset.c */
char *pci_reset(const struct scn_device *d, const char *addr);

#endif
