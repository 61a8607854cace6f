package ovl.transport.dev;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import ovl.sys.Errno;
import ovl.sys.ErrnoException;
import ovl.sys.Fd;
import ovl.sys.Linux;
import ovl.sys.Memory;
import ovl.sys.Syscalls;
import ovl.transport.MountException;

/**
 * The setuid program fusermount3, which mounts for those who may not: it opens the device, mounts
 * it, and sends the descriptor back over a socket. What it prints on failure becomes the message.
 */
final class Fusermount {
  /** The second is what systems with libfuse2 alone have; it is called in the same way. */
  private static final List<String> PROGRAMS = List.of("fusermount3", "fusermount");

  /** sizeof(struct cmsghdr), and CMSG_LEN and CMSG_SPACE of one descriptor. */
  private static final int CMSG_HEADER = 16;

  private static final int CMSG_LEN = CMSG_HEADER + 4;
  private static final int CMSG_SPACE = CMSG_HEADER + 8;

  private final Syscalls sys;

  Fusermount(Syscalls sys) {
    this.sys = sys;
  }

  /**
   * Mounts.
   *
   * @param options as the program takes them after -o
   * @throws MountException with what the program said
   */
  FuseDevice mount(String mountpoint, String options) throws MountException {
    try (Memory memory = Memory.map(sys, 4096)) {
      int type = Linux.SOCK_STREAM | Linux.SOCK_CLOEXEC;
      ErrnoException.check(sys.socketpair(Linux.AF_UNIX, type, 0, memory.address()));
      try (Fd ours = new Fd(sys, memory.buffer().getInt(0))) {
        Child child = start(memory.buffer().getInt(4), mountpoint, options);
        int device = receive(memory, ours.get());
        String failure = child.await();
        if (device < 0) {
          throw new MountException("cannot mount on " + mountpoint + ": " + failure);
        }
        return FuseDevice.of(sys, device);
      }
    } catch (ErrnoException e) {
      throw new MountException("cannot run fusermount3: " + Errno.text(e.errno()), e);
    }
  }

  /** Starts the program and lets go of its end of the socket, so that its end can be seen. */
  private Child start(int socket, String mountpoint, String options)
      throws ErrnoException, MountException {
    try (Fd theirs = new Fd(sys, socket)) {
      return start(theirs.get(), "-o", options, "--", mountpoint);
    }
  }

  /**
   * Unmounts.
   *
   * @return the empty string on success, else what the program said
   */
  String unmount(String mountpoint, boolean lazy) throws MountException {
    try {
      return start(-1, lazy ? "-uz" : "-u", "--", mountpoint).await();
    } catch (ErrnoException e) {
      throw new MountException("cannot run fusermount3: " + Errno.text(e.errno()), e);
    }
  }

  private Child start(int socket, String... arguments) throws ErrnoException, MountException {
    List<String> environment = new ArrayList<>();
    environment.add("PATH=" + System.getenv().getOrDefault("PATH", "/usr/bin:/bin"));
    environment.add("LC_ALL=C");
    if (socket >= 0) {
      environment.add("_FUSE_COMMFD=" + Child.GIVEN_FD);
    }
    for (String program : PROGRAMS) {
      List<String> command = new ArrayList<>(List.of(arguments));
      command.add(0, program);
      try {
        return Child.start(sys, command, environment, socket);
      } catch (ErrnoException e) {
        if (e.errno() != Errno.ENOENT) {
          throw e;
        }
      }
    }
    throw new MountException(
        "fusermount3 not found: without root it is needed to mount (package fuse3)");
  }

  /** The descriptor that comes with the one byte the program sends; -1 if it sends none. */
  private int receive(Memory memory, int socket) throws ErrnoException {
    int iov = 64;
    int control = 128;
    long base = memory.address();
    ByteBuffer message = memory.buffer();
    message.putLong(iov, base + 1024).putLong(iov + 8, 1);
    message.putLong(0, 0).putLong(8, 0); // no address
    message.putLong(16, base + iov).putLong(24, 1);
    message.putLong(32, base + control).putLong(40, CMSG_SPACE).putLong(48, 0);
    long got = ErrnoException.check(sys.recvmsg(socket, base, Linux.MSG_CMSG_CLOEXEC));
    boolean hasDescriptor =
        got > 0
            && message.getLong(40) >= CMSG_LEN
            && message.getLong(control) == CMSG_LEN
            && message.getInt(control + 8) == Linux.SOL_SOCKET
            && message.getInt(control + 12) == Linux.SCM_RIGHTS;
    return hasDescriptor ? message.getInt(control + CMSG_HEADER) : -1;
  }
}
