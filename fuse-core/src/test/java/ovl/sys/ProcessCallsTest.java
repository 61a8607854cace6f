package ovl.sys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static ovl.testing.Errnos.assertFails;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import ovl.testing.Requirements;

/** The calls about processes, memory, sockets and mounts. */
final class ProcessCallsTest {
  private final Syscalls sys = Syscalls.load();

  @TempDir Path tmp;
  private TestDir dir;

  @BeforeEach
  void open() {
    dir = new TestDir(sys, tmp);
  }

  @AfterEach
  void close() {
    dir.close();
  }

  @Test
  void idsAreThoseOfTheProcess() {
    assertEquals(ProcessHandle.current().pid(), sys.getpid());
    assertTrue(sys.geteuid() >= 0 && sys.getegid() >= 0);
  }

  @Test
  void pipeAndSocketpairPassBytes() {
    assertEquals(0, sys.pipe2(dir.data(), Linux.O_CLOEXEC));
    passByte(NativeBytes.getInt(dir.data() + 4), NativeBytes.getInt(dir.data()));
    int type = Linux.SOCK_STREAM | Linux.SOCK_CLOEXEC;
    assertEquals(0, sys.socketpair(Linux.AF_UNIX, type, 0, dir.data()));
    passByte(NativeBytes.getInt(dir.data() + 4), NativeBytes.getInt(dir.data()));
    assertFails(Errno.EINVAL, sys.pipe2(dir.data(), 1));
    assertTrue(sys.socketpair(99, type, 0, dir.data()) < 0);
  }

  private void passByte(int from, int to) {
    long buffer = dir.data() + 64;
    NativeBytes.put(buffer, (byte) 42);
    assertEquals(1, sys.write(from, buffer, 1));
    NativeBytes.putInt(buffer + 8, to);
    NativeBytes.putInt(buffer + 12, Linux.POLLIN);
    assertEquals(1, sys.poll(buffer + 8, 1, -1));
    NativeBytes.put(buffer, (byte) 0);
    assertEquals(1, sys.read(to, buffer, 1));
    assertEquals(42, NativeBytes.get(buffer));
    assertEquals(0, sys.poll(buffer + 8, 1, 0));
    sys.close(from);
    sys.close(to);
  }

  @Test
  void recvmsgNeedsASocket() {
    assertFails(88, sys.recvmsg(dir.fd(), dir.data(), 0));
  }

  @Test
  void memoryIsMappedAndUnmapped() {
    long address = sys.mmap(0, 8192, 3, 0x22, -1, 0);
    assertTrue(address > 0);
    NativeBytes.put(address + 8191, (byte) 7);
    assertEquals(0, sys.madvise(address, 8192, 4));
    assertEquals(0, NativeBytes.get(address + 8191));
    assertEquals(0, sys.munmap(address, 8192));
    assertFails(Errno.EINVAL, sys.munmap(1, 1));
    assertFails(Errno.EINVAL, sys.madvise(1, 4096, 4));
    assertFails(Errno.EBADF, sys.mmap(0, 4096, 1, 2, 9999, 0));
  }

  @Test
  void mmapPassesTheOffsetOfAFile() {
    try (Fd fd = dir.open("f", Linux.O_CREAT | Linux.O_RDWR)) {
      sys.pwrite(fd.get(), dir.data("X"), 1, 4096);
      long address = sys.mmap(0, 4096, 1, 2, fd.get(), 4096);
      assertTrue(address > 0);
      assertEquals('X', NativeBytes.get(address));
      sys.munmap(address, 4096);
    }
  }

  @Test
  void limitsAreRead() {
    long words = Scratch.current(sys).words();
    assertEquals(0, sys.prlimit(0, Linux.RLIMIT_NOFILE, 0, words));
    assertTrue(Scratch.current(sys).word(0) > 0);
    assertFails(Errno.EINVAL, sys.prlimit(0, 999, 0, words));
    assertFails(Errno.EINVAL, sys.prctl(-1, 0, 0, 0, 0));
    assertFails(Errno.EINVAL, sys.unshare(1));
  }

  @Test
  void childIsStartedAndWaitedFor() {
    long actions = dir.data();
    assertEquals(0, sys.posixSpawnFileActionsInit(actions));
    assertEquals(0, sys.posixSpawnFileActionsAddDup2(actions, dir.fd(), 9));
    try (Memory memory = Memory.map(sys, 4096)) {
      long file = memory.address() + 100;
      NativeBytes.write(file, new byte[] {'f', 'a', 'l', 's', 'e', 0});
      NativeBytes.putLong(memory.address(), file);
      NativeBytes.putLong(memory.address() + 8, 0);
      long pid = memory.address() + 200;
      long none = memory.address() + 8;
      assertEquals(0, sys.posixSpawnp(pid, file, actions, 0, memory.address(), none));
      int child = NativeBytes.getInt(pid);
      assertEquals(child, sys.waitpid(child, pid + 8, 0));
      assertEquals(1, NativeBytes.getInt(pid + 8) >> 8 & 0xff, "the status of false");
      NativeBytes.write(file, new byte[] {'/', 'n', 'o', 'n', 'e', 0});
      assertEquals(Errno.ENOENT, sys.posixSpawnp(pid, file, actions, 0, memory.address(), none));
      assertFails(10, sys.waitpid(child, pid, 0));
    }
    assertEquals(0, sys.posixSpawnFileActionsDestroy(actions));
  }

  @Test
  void mountCallsFailAsTheyShould() {
    long none = dir.name("/none/none");
    assertTrue(sys.mount(none, none, none, 0, 0) < 0);
    assertTrue(sys.umount2(none, Linux.UMOUNT_NOFOLLOW) < 0);
    assertFails(Errno.ENOENT, sys.openTree(Linux.AT_FDCWD, none, Linux.OPEN_TREE_CLOEXEC));
    NativeBytes.putLong(dir.data(), Linux.MOUNT_ATTR_RDONLY);
    assertFails(Errno.ENOENT, sys.mountSetattr(Linux.AT_FDCWD, none, 0, dir.data(), 32));
  }

  @Test
  void mountIsClonedReadOnly() {
    Requirements.needsRoot(sys);
    int flags = Linux.OPEN_TREE_CLONE | Linux.OPEN_TREE_CLOEXEC | Linux.AT_EMPTY_PATH;
    Scratch scratch = Scratch.current(sys);
    int rc = sys.openTree(dir.fd(), scratch.empty(), flags);
    Requirements.require(rc >= 0, "may not clone mounts");
    try (Fd clone = new Fd(sys, rc)) {
      scratch.word(0, Linux.MOUNT_ATTR_RDONLY);
      scratch.word(1, 0);
      scratch.word(2, 0);
      scratch.word(3, 0);
      long words = scratch.words();
      int empty = Linux.AT_EMPTY_PATH;
      assertEquals(0, sys.mountSetattr(clone.get(), scratch.empty(), empty, words, 32));
      assertFails(Errno.EROFS, sys.mkdirat(clone.get(), dir.name("d"), 0700));
    }
    assertEquals(0, sys.mkdirat(dir.fd(), dir.name("d"), 0700));
  }
}
