package ovl.transport.dev;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import ovl.sys.ErrnoException;
import ovl.sys.Fd;
import ovl.sys.Linux;
import ovl.sys.Memory;
import ovl.sys.NativeBytes;
import ovl.sys.Syscalls;

/**
 * A program that runs beside the JVM, started with posix_spawnp because java.lang.Process cannot
 * hand it a socket. What it prints on standard error is kept.
 */
final class Child {
  /** Where the child finds the descriptor it is given. */
  static final int GIVEN_FD = 3;

  private static final int STDERR = 2;

  /** posix_spawn_file_actions_t has 80 bytes in glibc and fewer in musl. */
  private static final int FILE_ACTIONS = 256;

  private static final int ERROR_BYTES = 4096;

  private final Syscalls sys;
  private final int pid;
  private final Fd errors;

  private Child(Syscalls sys, int pid, Fd errors) {
    this.sys = sys;
    this.pid = pid;
    this.errors = errors;
  }

  /**
   * Starts a program found by PATH.
   *
   * @param fd becomes {@link #GIVEN_FD} in the child; negative: none
   * @throws ErrnoException ENOENT if there is no such program
   */
  static Child start(Syscalls sys, List<String> command, List<String> environment, int fd)
      throws ErrnoException {
    int size = 4096 + FILE_ACTIONS + 8 * (command.size() + environment.size());
    for (String text : command) {
      size += 1 + 4 * text.length();
    }
    for (String text : environment) {
      size += 1 + 4 * text.length();
    }
    try (Memory memory = Memory.map(sys, size)) {
      ByteBuffer bytes = memory.buffer();
      ErrnoException.check(sys.pipe2(memory.address(), Linux.O_CLOEXEC));
      Fd read = new Fd(sys, bytes.getInt(0));
      try (Fd write = new Fd(sys, bytes.getInt(4))) {
        int pid = spawn(sys, memory, command, environment, write.get(), fd);
        return new Child(sys, pid, read);
      } catch (ErrnoException e) {
        read.close();
        throw e;
      }
    }
  }

  private static int spawn(
      Syscalls sys, Memory memory, List<String> command, List<String> environment, int err, int fd)
      throws ErrnoException {
    long pid = memory.address() + 8;
    long actions = memory.address() + 16;
    memory.buffer().position(16 + FILE_ACTIONS);
    long argv = vector(memory, command);
    long envp = vector(memory, environment);
    positive(sys.posixSpawnFileActionsInit(actions));
    try {
      if (fd >= 0) {
        positive(sys.posixSpawnFileActionsAddDup2(actions, fd, GIVEN_FD));
      }
      positive(sys.posixSpawnFileActionsAddDup2(actions, err, STDERR));
      long file = memory.buffer().getLong((int) (argv - memory.address()));
      positive(sys.posixSpawnp(pid, file, actions, 0, argv, envp));
      return memory.buffer().getInt(8);
    } finally {
      sys.posixSpawnFileActionsDestroy(actions);
    }
  }

  /**
   * Puts NUL-terminated texts and then the array of their addresses, NULL last, at the position.
   */
  private static long vector(Memory memory, List<String> texts) {
    ByteBuffer bytes = memory.buffer();
    long[] addresses = new long[texts.size() + 1];
    for (int i = 0; i < texts.size(); i++) {
      addresses[i] = memory.address() + bytes.position();
      bytes.put(texts.get(i).getBytes(StandardCharsets.UTF_8)).put((byte) 0);
    }
    bytes.position((bytes.position() + 7) & -8);
    final long vector = memory.address() + bytes.position();
    for (long address : addresses) {
      bytes.putLong(address);
    }
    return vector;
  }

  /** These functions return the error itself. */
  private static void positive(int error) throws ErrnoException {
    ErrnoException.check(-error);
  }

  /**
   * Waits for the end.
   *
   * @return the empty string on success, else the last line the program printed, or its status
   */
  String await() throws ErrnoException {
    try (Memory memory = Memory.map(sys, 8 + ERROR_BYTES)) {
      String message = said(memory);
      ErrnoException.check(sys.waitpid(pid, memory.address(), 0));
      int status = memory.buffer().getInt(0);
      if (status == 0) {
        return "";
      }
      return message.isEmpty() ? describe(status) : message.lines().reduce((a, b) -> b).orElse("");
    }
  }

  /** Reads until the program has ended, or has said more than anybody wants to read. */
  private String said(Memory memory) {
    try (errors) {
      int filled = 0;
      long got = 1;
      while (got > 0 && filled < ERROR_BYTES) {
        got = sys.read(errors.get(), memory.address() + 8 + filled, ERROR_BYTES - filled);
        filled += (int) Math.max(got, 0);
      }
      byte[] text = NativeBytes.read(memory.address() + 8, filled);
      return new String(text, StandardCharsets.UTF_8).strip();
    }
  }

  private static String describe(int status) {
    int signal = status & 0x7f;
    return signal == 0 ? "exit status " + (status >> 8) : "killed by signal " + signal;
  }
}
