package ovl.it.posix;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static ovl.it.posix.Fixture.assertErrno;

import org.junit.jupiter.api.Test;
import ovl.it.os.Exec;
import ovl.it.os.FsPath;
import ovl.it.os.OpenFile;
import ovl.sys.Errno;
import ovl.sys.Linux;

/** Locks and leases: between descriptors and between programs, and over a copy-up. */
interface LockTests extends Fixture {
  int F_RDLCK = 0;
  int F_WRLCK = 1;
  int F_UNLCK = 2;
  int O_NONBLOCK = 04000;

  @Test
  default void wholeFileLockHoldsOverTheCopyUp() {
    lower("f").file("lower");
    mount();
    try (OpenFile before = merged("f").open(Linux.O_RDONLY)) {
      assertTrue(before.flock(Linux.LOCK_EX));
      try (OpenFile writer = merged("f").open(Linux.O_RDWR)) {
        writer.pwrite("UPPER", 0);
        assertFalse(writer.flock(Linux.LOCK_EX));
        assertTrue(before.flock(Linux.LOCK_UN));
        assertTrue(writer.flock(Linux.LOCK_EX));
        assertFalse(before.flock(Linux.LOCK_EX));
      }
    }
  }

  @Test
  default void rangeLockHoldsOverTheCopyUp() {
    lower("f").file("0123456789");
    mount();
    try (OpenFile before = merged("f").open(Linux.O_RDONLY)) {
      assertTrue(before.lockRange(F_RDLCK, 0, 5));
      try (OpenFile writer = merged("f").open(Linux.O_RDWR)) {
        writer.pwrite("X", 9);
        assertFalse(writer.lockRange(F_WRLCK, 4, 1));
        assertTrue(writer.lockRange(F_WRLCK, 5, 5));
        assertFalse(before.lockRange(F_RDLCK, 7, 1));
        assertTrue(before.lockRange(F_UNLCK, 0, 5));
        assertTrue(writer.lockRange(F_WRLCK, 0, 5));
      }
    }
  }

  @Test
  default void locksExcludeOtherProgramsUntilTheirHolderCloses() {
    lower("f").file("lower");
    mount();
    FsPath file = merged("f");
    try (OpenFile holder = file.open(Linux.O_RDWR)) {
      assertTrue(holder.flock(Linux.LOCK_EX));
      assertEquals(1, Exec.run("flock", "-n", file.toString(), "true").status());
    }
    assertEquals(0, Exec.run("flock", "-n", file.toString(), "true").status());
  }

  @Test
  default void readLeaseIsBrokenByAWriter() {
    lower("f").file("lower");
    mount();
    try (OpenFile holder = merged("f").open(Linux.O_RDONLY)) {
      holder.lease(F_RDLCK);
      assertEquals(F_RDLCK, holder.lease());
      merged("f").open(Linux.O_RDONLY).close();
      assertErrno(Errno.EAGAIN, () -> merged("f").open(Linux.O_WRONLY | O_NONBLOCK));
      assertEquals(F_UNLCK, holder.lease());
      holder.lease(F_UNLCK);
      merged("f").append("+upper");
    }
    assertEquals("lower+upper", merged("f").text());
  }

  @Test
  default void writeLeaseIsForTheOnlyDescriptor() {
    mount();
    merged("f").file("new");
    try (OpenFile holder = merged("f").open(Linux.O_RDWR)) {
      try (OpenFile other = merged("f").open(Linux.O_RDONLY)) {
        assertErrno(Errno.EAGAIN, () -> holder.lease(F_WRLCK));
        assertEquals("new", other.pread(3, 0));
      }
      holder.lease(F_WRLCK);
      assertErrno(Errno.EAGAIN, () -> merged("f").open(Linux.O_RDONLY | O_NONBLOCK));
      holder.lease(F_UNLCK);
    }
  }
}
