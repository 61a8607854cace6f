/*
 * A FUSE daemon that does nothing: it gives each request a constant answer, so that the time of a call is what
 * the kernel takes to pass a request over /dev/fuse to a process and back. scripts/bench --requests shows it
 * beside what others take.
 *
 *     cc -O2 -pthread -o constant-answers constant-answers.c && ./constant-answers MOUNTPOINT
 *
 * Names that begin with f are files, made with f and a number; all others are not there, until they are created.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

enum { WRITE_MAX = 65536, BUFFER = WRITE_MAX + 8192, LONG = 3600, FIRST = 2, CREATED = 1 << 30 };

static int device;

static int init(const struct fuse_init_in *in, struct fuse_init_out *out)
{
	out->major = FUSE_KERNEL_VERSION;
	out->minor = in->minor < FUSE_KERNEL_MINOR_VERSION ? in->minor : FUSE_KERNEL_MINOR_VERSION;
	out->max_readahead = in->max_readahead;
	out->max_write = WRITE_MAX;
	return sizeof *out;
}

static void attributes(struct fuse_attr *attr, uint64_t node)
{
	attr->ino = node;
	attr->mode = node == FUSE_ROOT_ID ? 040755 : 0100644;
	attr->nlink = node == FUSE_ROOT_ID ? 2 : 1;
}

static int entry(struct fuse_entry_out *out, uint64_t node)
{
	out->nodeid = node;
	out->entry_valid = LONG;
	out->attr_valid = LONG;
	attributes(&out->attr, node);
	return sizeof *out;
}

static int lookup(const char *name, struct fuse_entry_out *out)
{
	return name[0] == 'f' ? entry(out, FIRST + strtoul(name + 1, NULL, 10)) : -ENOENT;
}

static int create(struct fuse_entry_out *out)
{
	static uint64_t created;
	int length = entry(out, CREATED + __atomic_fetch_add(&created, 1, __ATOMIC_RELAXED));
	return length + sizeof(struct fuse_open_out); /* all zeros */
}

static int attr(uint64_t node, struct fuse_attr_out *out)
{
	out->attr_valid = LONG;
	attributes(&out->attr, node);
	return sizeof *out;
}

/* The length of the answer or -errno. */
static int answer(const struct fuse_in_header *in, void *out)
{
	switch (in->opcode) {
	case FUSE_INIT:
		return init((const void *)(in + 1), out);
	case FUSE_LOOKUP:
		return lookup((const char *)(in + 1), out);
	case FUSE_GETATTR:
	case FUSE_SETATTR:
		return attr(in->nodeid, out);
	case FUSE_CREATE:
		return create(out);
	case FUSE_OPEN:
		return sizeof(struct fuse_open_out);
	case FUSE_RELEASE:
	case FUSE_UNLINK:
	case FUSE_DESTROY:
		return 0;
	default:
		return -ENOSYS;
	}
}

static void *serve(void *unused)
{
	static _Thread_local char in[BUFFER] __attribute__((aligned(8)));
	struct {
		struct fuse_out_header header;
		char data[256];
	} out;
	const struct fuse_in_header *request = (const void *)in;

	for (;;) {
		if (read(device, in, sizeof in) < 0) {
			if (errno == ENODEV)
				exit(0);
			continue;
		}
		if (request->opcode == FUSE_FORGET || request->opcode == FUSE_BATCH_FORGET)
			continue;
		memset(&out, 0, sizeof out);
		int length = answer(request, out.data);
		out.header.unique = request->unique;
		out.header.error = length < 0 ? length : 0;
		out.header.len = sizeof out.header + (length < 0 ? 0 : length);
		if (write(device, &out, out.header.len) < 0 && errno == ENODEV)
			exit(0);
	}
	return unused;
}

int main(int argc, char **argv)
{
	char options[100];
	pthread_t second;

	device = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	snprintf(options, sizeof options, "fd=%d,rootmode=40000,user_id=0,group_id=0,default_permissions", device);
	if (argc != 2 || device < 0 || mount("constant", argv[1], "fuse.constant", 0, options) != 0) {
		perror(argc == 2 ? argv[1] : "one argument, a directory");
		return 1;
	}
	pid_t daemon = fork();
	if (daemon < 0)
		perror("fork");
	if (daemon != 0)
		return daemon < 0;
	setsid();
	close(STDIN_FILENO);
	close(STDOUT_FILENO);
	close(STDERR_FILENO);
	if (pthread_create(&second, NULL, serve, NULL) != 0)
		return 1;
	serve(NULL);
}
