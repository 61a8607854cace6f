/*
 * aio-beside-reader FILE: writes all of a file of 64 KiB by AIO and O_DIRECT, 1,000 times, while a
 * thread reads it through the page cache. Prints how often a read after the end of a write showed
 * what was there before it.
 */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { SIZE = 65536, ROUNDS = 1000 };

static int reading;
static volatile int ended;

static void *read_on(void *unused) {
  static char data[SIZE];
  while (!ended) {
    if (pread(reading, data, SIZE, 0) != SIZE) err(1, "read");
  }
  return unused;
}

static void write_all(aio_context_t context, int fd, const char *data) {
  struct iocb block = {0};
  struct iocb *blocks = &block;
  struct io_event event;
  block.aio_fildes = fd;
  block.aio_lio_opcode = IOCB_CMD_PWRITE;
  block.aio_buf = (uintptr_t) data;
  block.aio_nbytes = SIZE;
  if (syscall(SYS_io_submit, context, 1, &blocks) != 1) err(1, "io_submit");
  if (syscall(SYS_io_getevents, context, 1, 1, &event, NULL) != 1) err(1, "io_getevents");
  if (event.res != SIZE) errx(1, "written: %lld", (long long) event.res);
}

int main(int count, char **arguments) {
  if (count != 2) errx(1, "one argument, please");
  reading = open(arguments[1], O_RDONLY);
  int writing = open(arguments[1], O_RDWR | O_DIRECT);
  if (reading < 0 || writing < 0) err(1, "%s", arguments[1]);
  static char seen[SIZE];
  char *data = aligned_alloc(4096, SIZE);
  aio_context_t context = 0;
  if (syscall(SYS_io_setup, 1, &context) != 0) err(1, "io_setup");
  pthread_t reader;
  if (pthread_create(&reader, NULL, read_on, NULL) != 0) errx(1, "no thread");
  int stale = 0;
  for (int i = 1; i <= ROUNDS; i++) {
    memset(data, i, SIZE);
    write_all(context, writing, data);
    if (pread(reading, seen, SIZE, 0) != SIZE) err(1, "read");
    stale += memcmp(data, seen, SIZE) != 0;
  }
  ended = 1;
  pthread_join(reader, NULL);
  printf("%d\n", stale);
  return 0;
}
