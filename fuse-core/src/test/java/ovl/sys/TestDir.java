package ovl.sys;

import java.nio.file.Path;

/** A directory of a test, open, with short ways to put names and data into native memory. */
final class TestDir implements AutoCloseable {
  private static final int DATA = 1 << 16;

  private final Syscalls sys;
  private final Memory memory;
  private final Fd fd;

  TestDir(Syscalls sys, Path path) {
    this.sys = sys;
    this.memory = Memory.map(sys, 2 * DATA);
    int flags = Linux.O_RDONLY | Linux.O_DIRECTORY | Linux.O_CLOEXEC;
    long address = Scratch.current(sys).path(path.toString());
    fd = new Fd(sys, sys.openat(Linux.AT_FDCWD, address, flags, 0));
  }

  int fd() {
    return fd.get();
  }

  long name(String name) {
    return Scratch.current(sys).path(name);
  }

  long name2(String name) {
    return Scratch.current(sys).path2(name.getBytes(java.nio.charset.StandardCharsets.UTF_8));
  }

  long data() {
    return memory.address() + DATA;
  }

  long data(String text) {
    NativeBytes.write(data(), text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    return data();
  }

  String text(long length) {
    byte[] bytes = NativeBytes.read(data(), (int) length);
    return new String(bytes, java.nio.charset.StandardCharsets.UTF_8);
  }

  Fd open(String name, int flags) {
    return new Fd(sys, sys.openat(fd(), name(name), flags | Linux.O_CLOEXEC, 0644));
  }

  @Override
  public void close() {
    fd.close();
    memory.close();
  }
}
