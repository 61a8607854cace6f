package ovl.sys;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import ovl.testing.Disk;
import ovl.testing.Requirements;

final class FsCredentialsTest {
  private final Syscalls sys = Syscalls.load();
  private final Disk disk = new Disk(sys);

  @TempDir Path tmp;

  private Disk.Stat create(TestDir dir, String name) {
    dir.open(name, Linux.O_CREAT | Linux.O_WRONLY).close();
    return disk.stat(tmp.resolve(name));
  }

  @Test
  void newFilesBelongToTheCallerUntilClose() throws Exception {
    Requirements.needsRoot(sys);
    try (TestDir dir = new TestDir(sys, tmp)) {
      try (FsCredentials as = FsCredentials.assume(sys, 1234, 5678, 0)) {
        Disk.Stat stat = create(dir, "a");
        assertEquals(1234, stat.uid());
        assertEquals(5678, stat.gid());
        assertEquals(0644, stat.permissions());
      }
      Disk.Stat after = create(dir, "b");
      assertEquals(sys.geteuid(), after.uid());
      assertEquals(sys.getegid(), after.gid());
    }
  }

  @Test
  void umaskIsInForceUntilTheNext() throws Exception {
    try (TestDir dir = new TestDir(sys, tmp)) {
      try (FsCredentials as = FsCredentials.assume(sys, sys.geteuid(), sys.getegid(), 077)) {
        assertEquals(0600, create(dir, "a").permissions());
      }
      try (FsCredentials as = FsCredentials.assume(sys, sys.geteuid(), sys.getegid(), 0)) {
        assertEquals(0644, create(dir, "b").permissions());
      }
    }
  }

  @Test
  void otherThreadsAreNotTouched() throws Exception {
    Requirements.needsRoot(sys);
    // Threads begin with the ids of the one that starts them: this one is there before.
    ExecutorService other = Executors.newSingleThreadExecutor();
    try (TestDir dir = new TestDir(sys, tmp);
        TestDir theirs = new TestDir(sys, tmp)) {
      other.submit(() -> theirs.fd()).get();
      try (FsCredentials as = FsCredentials.assume(sys, 1234, 5678, 077)) {
        assertEquals(0, other.submit(() -> create(theirs, "o").uid()).get());
        assertEquals(1234, create(dir, "a").uid());
      }
    } finally {
      other.shutdown();
    }
  }

  @Test
  void capabilitiesStayForModeZeroDirectories() throws Exception {
    Requirements.needsRoot(sys);
    Path closed = java.nio.file.Files.createDirectory(tmp.resolve("closed"));
    disk.chmod(closed, 0);
    try (TestDir dir = new TestDir(sys, tmp);
        FsCredentials as = FsCredentials.assume(sys, 1234, 5678, 0)) {
      assertEquals(0, sys.mkdirat(dir.fd(), dir.name("closed/in"), 0700));
      assertEquals(1234, disk.stat(closed.resolve("in")).uid());
    }
  }
}
