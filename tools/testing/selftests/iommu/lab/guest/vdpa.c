// SPDX-License-Identifier: GPL-2.0-only
/*
 * A user of vhost-vdpa: it attaches a domain of its own to a virtio device, with
 * no claim, and the user decides what is mapped there.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/vdpa.h>
#include <linux/vhost.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ring.h>
#include <string.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "guest.h"

#define VDPA_NAME	"lab"

struct message {
	struct nlmsghdr head;
	struct genlmsghdr genl;
	char attrs[512];
};

static void start(struct message *m, __u16 type, __u8 command)
{
	memset(m, 0, sizeof(*m));
	m->head.nlmsg_len = NLMSG_LENGTH(GENL_HDRLEN);
	m->head.nlmsg_type = type;
	m->head.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	m->genl.cmd = command;
	m->genl.version = 1;
}

static void put(struct message *m, __u16 type, const char *value)
{
	struct nlattr *attr = (void *)m + NLMSG_ALIGN(m->head.nlmsg_len);
	size_t size = strlen(value) + 1;

	attr->nla_type = type;
	attr->nla_len = NLA_HDRLEN + size;
	memcpy(attr + 1, value, size);
	m->head.nlmsg_len += NLA_ALIGN(attr->nla_len);
}

/* Until it is acknowledged: 0, or why not. @id: for a number that is in an answer */
static int talk(int fd, const struct message *m, __u16 number, __u16 *id)
{
	struct message answer;
	ssize_t size;

	if (send(fd, m, m->head.nlmsg_len, 0) < 0)
		return errno;
	while ((size = recv(fd, &answer, sizeof(answer), 0)) > 0) {
		char *end = (char *)&answer + size, *at = answer.attrs;

		if (answer.head.nlmsg_type == NLMSG_ERROR)
			return -((struct nlmsgerr *)NLMSG_DATA(&answer.head))->error;
		while (id && at + NLA_HDRLEN < end) {
			struct nlattr *attr = (void *)at;

			if (attr->nla_type == number)
				*id = *(__u16 *)(at + NLA_HDRLEN);
			if (attr->nla_len < NLA_HDRLEN)
				break;
			at += NLA_ALIGN(attr->nla_len);
		}
	}
	return size < 0 ? errno : EPIPE;
}

/* As "vdpa dev add" and "vdpa dev del" do */
static int vdpa_command(const struct scn_device *d, __u8 command)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC), err;
	struct message m;
	__u16 family = 0;

	if (fd < 0)
		return errno;
	start(&m, GENL_ID_CTRL, CTRL_CMD_GETFAMILY);
	put(&m, CTRL_ATTR_FAMILY_NAME, VDPA_GENL_NAME);
	err = talk(fd, &m, CTRL_ATTR_FAMILY_ID, &family);
	if (!err) {
		start(&m, family, command);
		put(&m, VDPA_ATTR_DEV_NAME, VDPA_NAME);
		if (command == VDPA_CMD_DEV_NEW) {
			put(&m, VDPA_ATTR_MGMTDEV_BUS_NAME, "pci");
			put(&m, VDPA_ATTR_MGMTDEV_DEV_NAME, pci_bdf(d));
		}
		err = talk(fd, &m, 0, NULL);
	}
	close(fd);
	return err;
}

/* The call that failed, with errno, or NULL */
static const char *map_user(int fd)
{
	__u64 features = 1ULL << VHOST_BACKEND_F_IOTLB_MSG_V2;
	struct vhost_msg_v2 msg = {
		.type = VHOST_IOTLB_MSG_V2,
		.iotlb = {
			.iova = USER_IOVA,
			.size = USER_SIZE,
			.uaddr = (unsigned long)vfio_user_buffer(),
			.perm = VHOST_ACCESS_RW,
			.type = VHOST_IOTLB_UPDATE,
		},
	};

	if (ioctl(fd, VHOST_SET_OWNER))
		return "SET_OWNER";
	if (ioctl(fd, VHOST_SET_BACKEND_FEATURES, &features))
		return "SET_BACKEND_FEATURES";
	return write(fd, &msg, sizeof(msg)) < 0 ? "IOTLB_UPDATE" : NULL;
}

/* A frame in the user's buffer, and the device's queue for those it sends */
#define QUEUE		1
#define QUEUE_SIZE	8
#define DESC		0x0000
#define AVAIL		0x1000
#define USED		0x2000
#define FRAME		0x3000
#define FRAME_SIZE	(12 + 60)	/* with the header of virtio */

static int add_status(int fd, __u8 bits)
{
	__u8 status;

	if (ioctl(fd, VHOST_VDPA_GET_STATUS, &status))
		return -1;
	status |= bits;
	return ioctl(fd, VHOST_VDPA_SET_STATUS, &status);
}

/* As a driver would; the addresses are the device's. */
static bool set_up_queue(int fd, int kick)
{
	__u64 features = 1ULL << VIRTIO_F_VERSION_1 |
			 1ULL << VIRTIO_F_ACCESS_PLATFORM;
	struct vhost_vring_state state = { .index = QUEUE, .num = QUEUE_SIZE };
	struct vhost_vring_file file = { .index = QUEUE, .fd = kick };
	struct vhost_vring_addr addr = {
		.index = QUEUE,
		.desc_user_addr = USER_IOVA + DESC,
		.avail_user_addr = USER_IOVA + AVAIL,
		.used_user_addr = USER_IOVA + USED,
	};
	struct vhost_vring_state on = { .index = QUEUE, .num = 1 };

	return !add_status(fd, VIRTIO_CONFIG_S_ACKNOWLEDGE |
			       VIRTIO_CONFIG_S_DRIVER) &&
	       !ioctl(fd, VHOST_SET_FEATURES, &features) &&
	       !add_status(fd, VIRTIO_CONFIG_S_FEATURES_OK) &&
	       !ioctl(fd, VHOST_SET_VRING_NUM, &state) &&
	       !ioctl(fd, VHOST_SET_VRING_ADDR, &addr) &&
	       !ioctl(fd, VHOST_SET_VRING_KICK, &file) &&
	       !ioctl(fd, VHOST_VDPA_SET_VRING_ENABLE, &on) &&
	       !add_status(fd, VIRTIO_CONFIG_S_DRIVER_OK);
}

/*
 * Does the device read a queue in the user's buffer, and write there that it is
 * done? Every look at its status is an access to the device: it gets to run.
 */
static bool send_frame(int fd)
{
	int kick = eventfd(0, EFD_CLOEXEC), looks = 100000;
	char *buf = vfio_user_buffer();
	struct vring_desc *desc = (void *)(buf + DESC);
	struct vring_avail *avail = (void *)(buf + AVAIL);
	struct vring_used *used = (void *)(buf + USED);
	__u8 status;
	bool up;

	memset(buf, 0, USER_SIZE);
	desc->addr = USER_IOVA + FRAME;
	desc->len = FRAME_SIZE;
	avail->idx = 1;
	used->ring[0].id = QUEUE_SIZE;
	up = kick >= 0 && set_up_queue(fd, kick) && !eventfd_write(kick, 1);
	if (!up)
		diag("no queue: %s", strerror(errno));
	while (up && !__atomic_load_n(&used->idx, __ATOMIC_ACQUIRE) && looks--)
		up = !ioctl(fd, VHOST_VDPA_GET_STATUS, &status);
	if (kick >= 0)
		close(kick);
	return used->idx == 1 && !used->ring[0].id;
}

char *vdpa_try(const struct scn_device *d)
{
	const char *call = "bind";
	char *out = NULL, *name;
	int err, fd = -1;

	err = pci_bind(d, "vp-vdpa");
	if (!err) {
		call = "DEV_NEW";
		err = vdpa_command(d, VDPA_CMD_DEV_NEW);
	}
	if (err)
		goto out;

	call = "open";
	fd = open("/dev/vhost-vdpa-0", O_RDWR | O_CLOEXEC);
	if (fd >= 0)
		call = map_user(fd);
	if (call)
		err = errno;
	else
		out = domain_lookup(d, "user");
	if (out && !strcmp(out, "mapped") && !send_frame(fd)) {
		free(out);
		out = xstrdup("mapped, no DMA");
	}
	if (fd >= 0)
		close(fd);
	if (vdpa_command(d, VDPA_CMD_DEV_DEL))
		diag("the vdpa device cannot be deleted");
out:
	if (!out) {
		name = errno_name(err);
		out = xasprintf("%s at %s", name, call);
		free(name);
	}
	pci_unbind(d);
	return out;
}
