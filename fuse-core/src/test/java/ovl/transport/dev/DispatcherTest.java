package ovl.transport.dev;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;
import ovl.sys.Errno;
import ovl.sys.ErrnoException;
import ovl.sys.Syscalls;
import ovl.transport.dev.wire.InitFlags;
import ovl.transport.dev.wire.Opcode;

/** Request bytes in, one call of the filesystem, reply bytes out. */
final class DispatcherTest {
  private static final Logger LOG = (Logger) LoggerFactory.getLogger(Dispatcher.class);
  static final Capabilities ALL = new Capabilities(45, -1L);

  private final Syscalls sys = Syscalls.load();
  private final RecordingFs recording = new RecordingFs();
  private final Request in = new Request(sys, Capabilities.MAX_DATA);
  private final Reply reply = new Reply(sys, Capabilities.MAX_DATA);
  private Dispatcher dispatcher =
      new Dispatcher(recording.fs(), ALL, BackingFiles.off(), DirectWrites.needless(), -1);

  /** The bugs of this test are no news. */
  @BeforeAll
  static void silence() {
    LOG.setLevel(Level.OFF);
  }

  @AfterAll
  static void speak() {
    LOG.setLevel(null);
  }

  @AfterEach
  void free() {
    in.close();
    reply.close();
  }

  private byte[] send(byte[] message) {
    Wire.deliver(in, message);
    dispatcher.dispatch(in, reply);
    return Wire.sent(reply);
  }

  /** One request must become this one call and this answer. */
  private void check(Wire request, String call, Wire answer) {
    recording.calls.clear();
    byte[] sent = send(request.take());
    assertEquals(List.of(call), recording.calls);
    assertArrayEquals(answer.take(), sent);
  }

  /** One request must become this one call and no answer. */
  private void checkSilent(Wire request, String call) {
    recording.calls.clear();
    byte[] sent = send(request.take());
    assertEquals(List.of(call), recording.calls);
    assertEquals(0, sent.length);
  }

  private static Wire ok() {
    return Wire.reply(0);
  }

  /** struct fuse_attr as RecordingFs fills it. */
  private static Wire attr(Wire out) {
    return out.u64(1) // ino
        .u64(2) // size
        .u64(3) // blocks
        .u64(4) // atime
        .u64(5) // mtime
        .u64(6) // ctime
        .u32(8) // atimensec
        .u32(9) // mtimensec
        .u32(10) // ctimensec
        .u32(0100644) // mode
        .u32(12) // nlink
        .u32(13) // uid
        .u32(14) // gid
        .u32(0x45612378) // rdev 0x123:0x45678
        .u32(15) // blksize
        .u32(0); // flags
  }

  /** struct fuse_entry_out as RecordingFs fills it. */
  private static Wire entry(Wire out) {
    out.u64(0x7777) // nodeid
        .u64(0x88) // generation
        .u64(3) // entry_valid
        .u64(1) // attr_valid
        .u32(4) // entry_valid_nsec
        .u32(2); // attr_valid_nsec
    return attr(out);
  }

  /** struct fuse_attr_out as RecordingFs fills it. */
  private static Wire attrOut(Wire out) {
    return attr(out.u64(1).u32(2).u32(0)); // attr_valid, attr_valid_nsec, dummy
  }

  /** struct fuse_open_out as RecordingFs fills it. */
  private static Wire openOut(Wire out) {
    return out.u64(0x99).u32(0x22).u32(0); // fh, KEEP_CACHE and NOFLUSH, backing_id
  }

  private static final String WHO = "1:2:3/0 1122334455667788";

  @Test
  void lookup() {
    check(Wire.request(Opcode.LOOKUP).name("etc"), "lookup(" + WHO + " etc)", entry(ok()));
  }

  @Test
  void lookupOfAnAbsentNameMayBeRemembered() {
    recording.found = 0;
    check(
        Wire.request(Opcode.LOOKUP).name("etc"),
        "lookup(" + WHO + " etc)",
        ok().u64(0).u64(0).u64(3).u64(0).u32(4).u32(0).zeros(88));
  }

  @Test
  void lookupPassesBytesThatAreNoText() {
    Wire request = Wire.request(Opcode.LOOKUP).raw((byte) 0xff, (byte) 0xfe, (byte) 0);
    check(request, "lookup(" + WHO + " \\xff\\xfe)", entry(ok()));
  }

  @Test
  void forget() {
    checkSilent(Wire.request(Opcode.FORGET).u64(5), "forget(1122334455667788 5)");
  }

  @Test
  void batchForget() {
    Wire request = Wire.request(Opcode.BATCH_FORGET).u32(2).u32(0);
    assertEquals(0, send(request.u64(10).u64(1).u64(11).u64(2).take()).length);
    assertEquals(List.of("forget(a 1)", "forget(b 2)"), recording.calls);
  }

  @Test
  void getattr() {
    check(
        Wire.request(Opcode.GETATTR).u32(0).u32(0).u64(7), "getattr(" + WHO + " 0)", attrOut(ok()));
    check(
        Wire.request(Opcode.GETATTR).u32(1).u32(0).u64(7), "getattr(" + WHO + " 7)", attrOut(ok()));
  }

  @Test
  void statx() {
    Wire request = Wire.request(Opcode.STATX).u32(1).u32(0).u64(7).u32(0).u32(0xfff);
    Wire answer = ok().u64(1).u32(2).u32(0).u64(0).u64(0); // attr_valid, _nsec, flags, spare
    answer.u32(0xfff).u32(15).u64(16).u32(12).u32(13).u32(14).u16(0100644).u16(0);
    answer.u64(1).u64(2).u64(3).u64(17); // ino, size, blocks, attributes_mask
    answer.u64(4).u32(8).u32(0).u64(7).u32(11).u32(0); // atime, btime
    answer.u64(6).u32(10).u32(0).u64(5).u32(9).u32(0); // ctime, mtime
    answer.u32(0x123).u32(0x45678).u64(0).zeros(112); // rdev, dev, spare
    check(request, "getattr(" + WHO + " 7)", answer);
  }

  static Wire setattr(int valid) {
    return Wire.request(Opcode.SETATTR)
        .u32(valid)
        .u32(0)
        .u64(7) // fh
        .u64(100) // size
        .u64(0) // lock_owner
        .u64(-4) // atime, before 1970
        .u64(5) // mtime
        .u64(6) // ctime
        .u32(41)
        .u32(51)
        .u32(61)
        .u32(0600) // mode
        .u32(0)
        .u32(21) // uid
        .u32(22) // gid
        .u32(0);
  }

  @Test
  void setattr() {
    check(
        setattr(0x7f),
        "setattr(" + WHO + " 7 mode=600 uid=21 gid=22 size=100 atime=-4.41 mtime=5.51)",
        attrOut(ok()));
    check(
        setattr(0x9b0),
        "setattr(" + WHO + " 0  atime=-4.41 mtime=5.51 atimeNow mtimeNow kill)",
        attrOut(ok()));
  }

  @Test
  void readlink() {
    recording.data = "target".getBytes(StandardCharsets.UTF_8);
    recording.result = 6;
    check(Wire.request(Opcode.READLINK), "readlink(" + WHO + " @ 4095)", ok().text("target"));
  }

  @Test
  void symlink() {
    check(
        Wire.request(Opcode.SYMLINK).name("link").name("../a/b"),
        "symlink(" + WHO + " link ../a/b)",
        entry(ok()));
  }

  @Test
  void mknod() {
    check(
        Wire.request(Opcode.MKNOD).u32(0020644).u32(0x103).u32(022).u32(0).name("null"),
        "mknod(1:2:3/22 1122334455667788 null " + 0020644 + " " + 0x103 + ")",
        entry(ok()));
  }

  @Test
  void mkdir() {
    check(
        Wire.request(Opcode.MKDIR).u32(0755).u32(027).name("dir"),
        "mkdir(1:2:3/27 1122334455667788 dir " + 0755 + ")",
        entry(ok()));
  }

  @Test
  void unlink() {
    check(Wire.request(Opcode.UNLINK).name("f"), "unlink(" + WHO + " f)", ok());
  }

  @Test
  void rmdir() {
    check(Wire.request(Opcode.RMDIR).name("d"), "rmdir(" + WHO + " d)", ok());
  }

  @Test
  void rename() {
    check(
        Wire.request(Opcode.RENAME).u64(0xabc).name("old").name("new"),
        "rename(" + WHO + " old abc new 0)",
        ok());
  }

  @Test
  void rename2() {
    check(
        Wire.request(Opcode.RENAME2).u64(0xabc).u32(2).u32(0).name("old").name("new"),
        "rename(" + WHO + " old abc new 2)",
        ok());
  }

  @Test
  void link() {
    check(
        Wire.request(Opcode.LINK).u64(0xabc).name("new"),
        "link(1:2:3/0 abc 1122334455667788 new)",
        entry(ok()));
  }

  @Test
  void open() {
    check(Wire.request(Opcode.OPEN).u32(2).u32(1), "open(" + WHO + " 2 true)", openOut(ok()));
  }

  @Test
  void read() {
    recording.data = "some bytes".getBytes(StandardCharsets.UTF_8);
    recording.result = 4;
    check(
        Wire.request(Opcode.READ).u64(0x99).u64(0x100).u32(4096).u32(0).u64(0).u32(0).u32(0),
        "read(1122334455667788 99 100 4096 @)",
        ok().text("some"));
  }

  @Test
  void readIsCutToWhatAReplyCarries() {
    Wire request = Wire.request(Opcode.READ).u64(0x99).u64(0).u32(-1).u32(0).u64(0).u64(0);
    check(request, "read(1122334455667788 99 0 1048576 @)", ok());
  }

  static Wire write(int size, int flags, byte[] data) {
    return Wire.request(Opcode.WRITE)
        .u64(0x99)
        .u64(0x100)
        .u32(size)
        .u32(flags)
        .u64(0)
        .u32(0)
        .u32(0)
        .raw(data);
  }

  @Test
  void write() {
    recording.result = 3;
    byte[] data = {1, 2, 3};
    check(write(3, 4, data), "write(1122334455667788 99 100 3 @ true)", ok().u32(3).u32(0));
    assertArrayEquals(data, recording.taken);
  }

  @Test
  void writeOfTheLargestSize() {
    recording.result = Capabilities.MAX_DATA;
    byte[] data = new byte[Capabilities.MAX_DATA];
    data[data.length - 1] = 42;
    check(
        write(data.length, 0, data),
        "write(1122334455667788 99 100 1048576 @ false)",
        ok().u32(data.length).u32(0));
    assertArrayEquals(data, recording.taken);
  }

  @Test
  void statfs() {
    Wire answer = ok().u64(1).u64(2).u64(3).u64(4).u64(5).u32(6).u32(8).u32(7).zeros(28);
    check(Wire.request(Opcode.STATFS), "statfs(" + WHO + ")", answer);
  }

  static Wire release(int opcode) {
    return Wire.request(opcode).u64(0x99).u32(0).u32(0).u64(0);
  }

  @Test
  void releaseAndFlush() {
    check(release(Opcode.RELEASE), "release(1122334455667788 99)", ok());
    check(release(Opcode.RELEASEDIR), "releasedir(1122334455667788 99)", ok());
    check(release(Opcode.FLUSH), "flush(1122334455667788 99)", ok());
  }

  @Test
  void fsync() {
    check(
        Wire.request(Opcode.FSYNC).u64(0x99).u32(1).u32(0),
        "fsync(1122334455667788 99 true)",
        ok());
    check(
        Wire.request(Opcode.FSYNCDIR).u64(0x99).u32(0).u32(0),
        "fsyncdir(1122334455667788 99 false)",
        ok());
    check(Wire.request(Opcode.SYNCFS).u64(0), "syncfs(1122334455667788)", ok());
  }

  @Test
  void setxattr() {
    check(
        Wire.request(Opcode.SETXATTR).u32(3).u32(1).u32(1).u32(0).name("user.a").text("xyz"),
        "setxattr(" + WHO + " user.a @ 3 1 true)",
        ok());
    assertArrayEquals("xyz".getBytes(StandardCharsets.UTF_8), recording.taken);
  }

  @Test
  void setxattrInItsShortForm() {
    long flags = ALL.flags() & ~InitFlags.SETXATTR_EXT;
    dispatcher =
        new Dispatcher(
            recording.fs(),
            new Capabilities(31, flags),
            BackingFiles.off(),
            DirectWrites.needless(),
            -1);
    check(
        Wire.request(Opcode.SETXATTR).u32(3).u32(1).name("user.a").text("xyz"),
        "setxattr(" + WHO + " user.a @ 3 1 false)",
        ok());
    assertArrayEquals("xyz".getBytes(StandardCharsets.UTF_8), recording.taken);
  }

  @Test
  void getxattr() {
    recording.data = "value".getBytes(StandardCharsets.UTF_8);
    recording.result = 5;
    check(
        Wire.request(Opcode.GETXATTR).u32(100).u32(0).name("user.a"),
        "getxattr(" + WHO + " user.a @ 100)",
        ok().text("value"));
    check(
        Wire.request(Opcode.GETXATTR).u32(0).u32(0).name("user.a"),
        "getxattr(" + WHO + " user.a @ 0)",
        ok().u32(5).u32(0));
  }

  @Test
  void listxattr() {
    recording.data = "user.a\0".getBytes(StandardCharsets.UTF_8);
    recording.result = 7;
    check(
        Wire.request(Opcode.LISTXATTR).u32(100).u32(0),
        "listxattr(" + WHO + " @ 100)",
        ok().name("user.a"));
    check(
        Wire.request(Opcode.LISTXATTR).u32(0).u32(0),
        "listxattr(" + WHO + " @ 0)",
        ok().u32(7).u32(0));
  }

  @Test
  void removexattr() {
    check(Wire.request(Opcode.REMOVEXATTR).name("user.a"), "removexattr(" + WHO + " user.a)", ok());
  }

  @Test
  void opendir() {
    check(Wire.request(Opcode.OPENDIR).u32(0).u32(0), "opendir(" + WHO + ")", openOut(ok()));
  }

  @Test
  void opendirIsNotNeededWhereListingsNeedNoHandle() {
    recording.listsWithoutHandle = true;
    byte[] opendir = Wire.request(Opcode.OPENDIR).u32(0).u32(0).take();
    dispatcher =
        new Dispatcher(recording.fs(), ALL, BackingFiles.off(), DirectWrites.needless(), -1);
    assertArrayEquals(Wire.reply(-Errno.ENOSYS).take(), send(opendir));
    // With allow_root it is: it is what tells who looks.
    dispatcher =
        new Dispatcher(recording.fs(), ALL, BackingFiles.off(), DirectWrites.needless(), 1000);
    assertArrayEquals(Wire.reply(-Errno.EACCES).take(), send(opendir));
    dispatcher =
        new Dispatcher(recording.fs(), ALL, BackingFiles.off(), DirectWrites.needless(), 1);
    assertArrayEquals(openOut(ok()).take(), send(opendir));
  }

  private static Wire readdir(int opcode, int offset, int size) {
    return Wire.request(opcode).u64(0x99).u64(offset).u32(size).u32(0).u64(0).u32(0).u32(0);
  }

  private static Wire dirent(Wire out, int offset, String name) {
    out.u64(0x55).u64(offset).u32(name.length()).u32(8).text(name);
    return out.zeros(-name.length() & 7);
  }

  @Test
  void readdir() {
    recording.names = List.of(".", "eight888", "nine99999");
    Wire answer = dirent(dirent(dirent(ok(), 1, "."), 2, "eight888"), 3, "nine99999");
    check(readdir(Opcode.READDIR, 0, 4096), "readdir(" + WHO + " 99 0)", answer);
    check(
        readdir(Opcode.READDIR, 0, 64 + 39),
        "readdir(" + WHO + " 99 0)",
        dirent(dirent(ok(), 1, "."), 2, "eight888"));
    check(readdir(Opcode.READDIR, 3, 4096), "readdir(" + WHO + " 99 3)", ok());
  }

  @Test
  void readdirplus() {
    recording.names = List.of("..", "file");
    Wire answer = dirent(entry(dirent(ok().zeros(128), 1, "..")), 2, "file");
    check(readdir(Opcode.READDIRPLUS, 0, 320), "readdirplus(" + WHO + " 99 0)", answer);
    check(
        readdir(Opcode.READDIRPLUS, 0, 319),
        "readdirplus(" + WHO + " 99 0)",
        dirent(ok().zeros(128), 1, ".."));
  }

  @Test
  void failureAfterTheFirstEntriesIsLeftToTheNextCall() {
    recording.failure = ErrnoException.of(Errno.EIO);
    recording.names = List.of("a");
    check(readdir(Opcode.READDIR, 0, 4096), "readdir(" + WHO + " 99 0)", dirent(ok(), 1, "a"));
    check(readdir(Opcode.READDIR, 1, 4096), "readdir(" + WHO + " 99 1)", Wire.reply(-Errno.EIO));
  }

  @Test
  void create() {
    check(
        Wire.request(Opcode.CREATE).u32(0x42).u32(0100640).u32(027).u32(0).name("new"),
        "create(1:2:3/27 1122334455667788 new " + 0100640 + " 66)",
        openOut(entry(ok())));
  }

  @Test
  void tmpfileHasNoNameAlthoughTheKernelSendsOne() {
    check(
        Wire.request(Opcode.TMPFILE).u32(0x410002).u32(0100640).u32(027).u32(0).name("/"),
        "tmpfile(1:2:3/27 1122334455667788 " + 0100640 + " " + 0x410002 + ")",
        openOut(entry(ok())));
  }

  @Test
  void fallocate() {
    check(
        Wire.request(Opcode.FALLOCATE).u64(0x99).u64(0x10).u64(0x20).u32(3).u32(0),
        "fallocate(1122334455667788 99 3 10 20)",
        ok());
  }

  @Test
  void lseek() {
    recording.result = 0x1234;
    check(
        Wire.request(Opcode.LSEEK).u64(0x99).u64(0x10).u32(4).u32(0),
        "lseek(1122334455667788 99 10 4 true)",
        ok().u64(0x1234));
  }

  static Wire copy(int opcode, long length) {
    return Wire.request(opcode).u64(1).u64(2).u64(3).u64(4).u64(5).u64(length).u64(0);
  }

  @Test
  void copyFileRange() {
    recording.result = 0x1000;
    check(
        copy(Opcode.COPY_FILE_RANGE, 0x2000),
        "copyFileRange(1122334455667788 1 2 3 4 5 2000 0)",
        ok().u32(0x1000).u32(0));
    check(
        copy(Opcode.COPY_FILE_RANGE, 1L << 40),
        "copyFileRange(1122334455667788 1 2 3 4 5 7ffff000 0)",
        ok().u32(0x1000).u32(0));
    check(
        copy(Opcode.COPY_FILE_RANGE_64, 1L << 40),
        "copyFileRange(1122334455667788 1 2 3 4 5 10000000000 0)",
        ok().u64(0x1000));
  }

  static Wire ioctl(int flags, int outSize, byte... argument) {
    return Wire.request(Opcode.IOCTL)
        .u64(0x99)
        .u32(flags)
        .u32(0x6601)
        .u64(0)
        .u32(argument.length)
        .u32(outSize)
        .raw(argument);
  }

  @Test
  void ioctl() {
    recording.data = new byte[] {7, 0, 0, 0};
    recording.result = 4;
    check(
        ioctl(0x10, 8, (byte) 5),
        "ioctl(" + WHO + " 99 26113 @ 1 @ 8)",
        ok().zeros(16).raw(recording.data));
    assertArrayEquals(new byte[] {5}, recording.taken);
    assertArrayEquals(Wire.reply(-Errno.ENOTTY).take(), send(ioctl(2, 8).take()));
  }

  @Test
  void opcodesThatNeedNoFilesystem() {
    assertEquals(0, send(Wire.request(Opcode.INTERRUPT).u64(1).take()).length);
    assertArrayEquals(ok().take(), send(Wire.request(Opcode.DESTROY).take()));
    assertEquals(List.of(), recording.calls);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 7, 19, 26, 31, 32, 33, 34, 37, 40, 48, 49, 54, 99, -1})
  void otherOpcodesAreNotThere(int opcode) {
    byte[] answer = send(Wire.request(opcode).zeros(64).take());
    assertArrayEquals(Wire.reply(-Errno.ENOSYS).take(), answer);
    assertEquals(List.of(), recording.calls);
  }

  @Test
  void failuresBecomeTheirErrno() {
    recording.failure = ErrnoException.of(Errno.EROFS);
    byte[] request = Wire.request(Opcode.UNLINK).name("f").take();
    assertArrayEquals(Wire.reply(-Errno.EROFS).take(), send(request));
    recording.failure = ErrnoException.of(99_999);
    assertArrayEquals(Wire.reply(-Errno.EIO).take(), send(request));
    recording.failure = new IllegalStateException("a bug");
    assertArrayEquals(Wire.reply(-Errno.EIO).take(), send(request));
    recording.failure = new StackOverflowError();
    assertArrayEquals(Wire.reply(-Errno.EIO).take(), send(request));
    recording.failure = new OutOfMemoryError();
    assertArrayEquals(Wire.reply(-Errno.ENOMEM).take(), send(request));
    assertEquals(0, send(Wire.request(Opcode.FORGET).u64(5).take()).length);
  }

  @Test
  void moreDataThanAskedForIsABug() {
    recording.result = 5;
    byte[] request = readdir(Opcode.READ, 0, 4).take();
    assertArrayEquals(Wire.reply(-Errno.EIO).take(), send(request));
    recording.result = -1;
    assertArrayEquals(Wire.reply(-Errno.EIO).take(), send(request));
  }

  @Test
  void allowRootKeepsOthersOut() {
    byte[] lookup = Wire.request(Opcode.LOOKUP).name("f").take();
    byte[] read = readdir(Opcode.READ, 0, 4).take();
    dispatcher =
        new Dispatcher(recording.fs(), ALL, BackingFiles.off(), DirectWrites.needless(), 1);
    assertArrayEquals(entry(ok()).take(), send(lookup));
    dispatcher =
        new Dispatcher(recording.fs(), ALL, BackingFiles.off(), DirectWrites.needless(), 1000);
    assertArrayEquals(Wire.reply(-Errno.EACCES).take(), send(lookup));
    assertArrayEquals(ok().take(), send(read));
    ByteBuffer.wrap(lookup).order(ByteOrder.nativeOrder()).putInt(24, 0);
    assertArrayEquals(entry(ok()).take(), send(lookup));
  }

  /** The hot path must leave the collector alone. */
  @Test
  void steadyStateAllocatesNothing() {
    dispatcher = new Dispatcher(new StubFs(), ALL, BackingFiles.off(), DirectWrites.needless(), -1);
    Wire[] requests = {
      Wire.request(Opcode.LOOKUP).name("file-1"),
      Wire.request(Opcode.LOOKUP).name("absent"),
      Wire.request(Opcode.GETATTR).zeros(16),
      Wire.request(Opcode.FORGET).u64(1),
      Wire.request(Opcode.OPEN).u64(0),
      readdir(Opcode.READ, 0, 4096),
      write(4, 0, new byte[4]),
      release(Opcode.RELEASE),
      readdir(Opcode.READDIR, 0, 4096),
      Wire.request(Opcode.GETXATTR).u64(0).name("security.capability"),
    };
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    for (Wire request : requests) {
      Wire.deliver(in, request.take());
      dispatchOften();
      long before = threads.getCurrentThreadAllocatedBytes();
      dispatchOften();
      long allocated = threads.getCurrentThreadAllocatedBytes() - before;
      // One object each would be 320,000; the JVM itself may load a class meanwhile.
      assertTrue(allocated < 40_000, in + ": " + allocated + " bytes in 20,000 requests");
    }
  }

  private void dispatchOften() {
    for (int i = 0; i < 20_000; i++) {
      dispatcher.dispatch(in, reply);
    }
  }
}
