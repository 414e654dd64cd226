/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Scenario files: parsed by the host to build the machine, and again by the
 * guest to run the steps, so that both number the steps alike.
 */
#ifndef LAB_SCENARIO_H
#define LAB_SCENARIO_H

#include <linux/types.h>
#include <stdbool.h>

#define SCN_MAX_DEVICES	16
#define SCN_MAX_REGIONS	16
#define SCN_MAX_ENTRIES	16
#define SCN_MAX_SCOPES	4
#define SCN_MAX_EXTRAS	4
#define SCN_MAX_DRIVES	4
#define SCN_MAX_STEPS	128
#define SCN_MAX_ARGS	5

enum scn_verb {
	V_ASSIGNABLE,
	V_ATTACH,
	V_ATTACHES,
	V_ATTACH_FAULTS,
	V_BIND,
	V_CLIENT,
	V_DMA,
	V_DMESG,
	V_DOMAIN,
	V_FAULTS,
	V_FW_AWAIT,
	V_FW_START,
	V_FW_STOP,
	V_HOLD,
	V_MARK,
	V_OPEN,
	V_READ,
	V_RELEASE,
	V_REMOVE,
	V_REQUIRE,
	V_RESCAN,
	V_RESET,
	V_RESV,
	V_SAME_GROUP,
	V_SET_TYPE,
	V_SPLAT,
	V_TEST,
	V_TYPE,
	V_UNBIND,
	V_VDPA,
	V_VFIO_CDEV,
	V_VFIO_COMPAT,
	V_VFIO_GROUP,
	V_WRITE,
};

struct scn_device {
	char *name;
	char *model;		/* QEMU device with its properties, or "-" */
	unsigned int slot;
	unsigned int fn;
	int bridge;		/* index of the bridge it sits behind, or -1 */
	char *row;		/* what the table calls it, or NULL */
};

/* A disk that forgets when the machine ends */
struct scn_drive {
	char *name;
	char *size;		/* as QEMU has it */
};

struct scn_region {
	char *name;
	__u64 start;
	__u64 size;
};

/* What firmware's table says, which need not make sense */
struct scn_entry {
	__u64 start;
	__u64 last;
	int flags;		/* IVMD: its flags, or -1 */
	char *bytes;		/* nothing but these, or NULL */
	int nscopes;
	char *scopes[SCN_MAX_SCOPES];
};

struct scn_step {
	enum scn_verb verb;
	char *text;		/* "verb args", as people read it */
	char *expect;		/* "outcome [; kernel outcome]..." */
	int argc;
	char *argv[SCN_MAX_ARGS];
};

struct scenario {
	char *path;
	char *name;
	char *title;
	char *machine;
	char *iommu;		/* further properties of the IOMMU, or NULL */
	char *cmdline;		/* further kernel parameters, or NULL */
	const char *memory;	/* as QEMU has it */
	int smp;
	int ndevices;
	int nregions;
	int nentries;
	int nextras;
	int ndrives;
	int nsteps;
	struct scn_device devices[SCN_MAX_DEVICES];
	struct scn_region regions[SCN_MAX_REGIONS];
	struct scn_entry entries[SCN_MAX_ENTRIES];
	char *extras[SCN_MAX_EXTRAS];	/* QEMU devices without an address */
	struct scn_drive drives[SCN_MAX_DRIVES];
	struct scn_step steps[SCN_MAX_STEPS];
};

struct scenario *scn_load(const char *path);
struct scn_device *scn_device(struct scenario *scn, const char *name);
struct scn_region *scn_region(struct scenario *scn, const char *name);
bool scn_parse_size(const char *s, __u64 *val);
char *scn_expect(const struct scn_step *step, const char *kernel);
bool scn_match(const char *expect, const char *got);

#endif
