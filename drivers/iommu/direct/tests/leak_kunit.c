// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit test that asks kmemleak whether a suite before this one has leaked
 * memory.
 *
 * kmemleak is controlled through a file in debugfs. There is no user space when
 * the tests run, so the test writes and reads the file itself. It is linked
 * after all others, because suites run in the order in which they are linked.
 */
#include <kunit/test.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mman.h>
#include <linux/mount.h>
#include <linux/string.h>
#include <linux/uaccess.h>

static int order_scan(struct file *file, char __user *user)
{
	static const char scan[] = "scan";
	loff_t pos = 0;
	ssize_t ret;

	if (copy_to_user(user, scan, sizeof(scan)))
		return -EFAULT;
	ret = vfs_write(file, user, strlen(scan), &pos);
	return ret < 0 ? ret : 0;
}

/* Print the report, and return its length */
static ssize_t print_report(struct file *file, char __user *user)
{
	ssize_t len, total = 0;
	char chunk[512];
	loff_t pos = 0;

	while ((len = vfs_read(file, user, sizeof(chunk) - 1, &pos)) > 0) {
		char *rest = chunk, *line;

		if (copy_from_user(chunk, user, len))
			return -EFAULT;
		chunk[len] = '\0';
		while ((line = strsep(&rest, "\n")))
			pr_err("%s\n", line);
		total += len;
	}
	return len ?: total;
}

static void nothing_leaked(struct kunit *test)
{
	struct vfsmount *mnt;
	char __user *user;
	struct file *file;
	int i;

	user = (char __user *)kunit_vm_mmap(test, NULL, 0, PAGE_SIZE,
					    PROT_READ | PROT_WRITE,
					    MAP_ANONYMOUS | MAP_PRIVATE, 0);
	KUNIT_ASSERT_NOT_NULL(test, (void __force *)user);
	mnt = kern_mount(get_fs_type("debugfs"));
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, mnt);
	file = file_open_root_mnt(mnt, "kmemleak", O_RDWR, 0);
	if (IS_ERR(file)) {
		kern_unmount(mnt);
		KUNIT_FAIL_AND_ABORT(test, "kmemleak cannot be opened: %pe",
				     file);
	}

	/*
	 * Objects are reported when they are five seconds old and have not
	 * changed since the last scan.
	 */
	msleep(6000);
	for (i = 0; i < 2; i++)
		KUNIT_EXPECT_EQ(test, 0, order_scan(file, user));
	KUNIT_EXPECT_EQ(test, 0, print_report(file, user));

	fput(file);
	kern_unmount(mnt);
}

static struct kunit_case leak_test_cases[] = {
	KUNIT_CASE(nothing_leaked),
	{}
};

static struct kunit_suite leak_test_suite = {
	.name = "iommu_leak",
	.test_cases = leak_test_cases,
};

kunit_test_suite(leak_test_suite);

MODULE_DESCRIPTION("KUnit test that asks kmemleak");
MODULE_LICENSE("GPL");
