/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the KUnit suites of the reset of a device share, in reset_kunit.c.
 */
#ifndef __IOMMU_DIRECT_TESTS_RESET_KUNIT_H
#define __IOMMU_DIRECT_TESTS_RESET_KUNIT_H

#include <kunit/test.h>
#include <linux/string.h>
#include <linux/types.h>

#include "mock_driver.h"

/* Called before and after each test of every suite */
int reset_test_init(struct kunit *test);
void reset_test_exit(struct kunit *test);

struct mock_dev *reset_plug_rid(struct kunit *test, unsigned int group, u32 rid,
				const struct firmware *firmware);

static inline struct mock_dev *
reset_plug(struct kunit *test, unsigned int group,
	   const struct firmware *firmware)
{
	return reset_plug_rid(test, group, 0, firmware);
}

void reset_begin(struct kunit *test, struct mock_dev *mdev);
void reset_end(struct kunit *test, struct mock_dev *mdev);
void reset_expect_direct_only(struct kunit *test, const struct mock_dev *mdev);
void reset_expect_busy(struct kunit *test, struct mock_dev *mdev, bool busy);

/* The parameter of a test: the regions of the device */
static const struct firmware * const kinds[] = {
	&mock_nothing, &mock_direct,
};

static void kind_desc(const struct firmware * const *kind, char *desc)
{
	strscpy(desc, *kind == &mock_nothing ? "free" : "direct",
		KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(kind, kinds, kind_desc);

#endif
