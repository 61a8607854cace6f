package ovl.transport.dev;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import ovl.sys.Errno;
import ovl.sys.Syscalls;
import ovl.transport.MountException;
import ovl.transport.dev.wire.InitFlags;
import ovl.transport.dev.wire.Opcode;

/** INIT as kernels of several ages send it. */
final class HandshakeTest {
  private static final int READAHEAD = 0x20000;

  private final Syscalls sys = Syscalls.load();
  private final Request in = new Request(sys, Capabilities.MAX_DATA);
  private final Reply reply = new Reply(sys, Capabilities.MAX_DATA);
  private boolean acceptsRings;

  @AfterEach
  void free() {
    in.close();
    reply.close();
  }

  private Capabilities answer(Wire request, boolean posixAcl) throws MountException {
    return answer(request, posixAcl, false);
  }

  private Capabilities answer(Wire request, boolean posixAcl, boolean passthrough)
      throws MountException {
    Wire.deliver(in, request.take());
    return new Handshake(posixAcl, passthrough, () -> acceptsRings).answer(in, reply);
  }

  private static Wire init(int major, int minor, int flags) {
    return Wire.request(Opcode.INIT).u32(major).u32(minor).u32(READAHEAD).u32(flags);
  }

  private static Wire longInit(int major, int minor, int flags, int flags2) {
    return init(major, minor, flags).u32(flags2).zeros(44);
  }

  /** struct fuse_init_out. */
  private static Wire out(int minor, int flags, int flags2) {
    return out(minor, flags, flags2, 0);
  }

  private static Wire out(int minor, int flags, int flags2, int maxStackDepth) {
    return Wire.reply(0)
        .u32(7)
        .u32(minor)
        .u32(READAHEAD)
        .u32(flags)
        .u16(64) // max_background
        .u16(48) // congestion_threshold
        .u32(1 << 20) // max_write
        .u32(1) // time_gran
        .u16(256) // max_pages
        .u16(0) // map_alignment
        .u32(flags2)
        .u32(maxStackDepth)
        .zeros(24); // request_timeout, unused
  }

  @Test
  void ringsAreAgreedOnWhereBothSidesWantThem() throws MountException {
    assertFalse(answer(longInit(7, 45, -1, -1), false).has(InitFlags.OVER_IO_URING));
    acceptsRings = true;
    assertTrue(answer(longInit(7, 45, -1, -1), false).has(InitFlags.OVER_IO_URING));
    // Without ASYNC_DIO, 0x8000.
    assertArrayEquals(out(45, 0x70c42869, 0x210).take(), Wire.sent(reply));
    int withoutRings = ~InitFlags.high(InitFlags.OVER_IO_URING);
    assertFalse(answer(longInit(7, 45, -1, withoutRings), false).has(InitFlags.OVER_IO_URING));
  }

  @Test
  void ownVersion() throws MountException {
    Capabilities agreed = answer(longInit(7, 45, -1, -1), false);
    assertEquals(45, agreed.minor());
    assertArrayEquals(out(45, 0x70c4a869, 0x10).take(), Wire.sent(reply));
    assertFalse(agreed.has(InitFlags.POSIX_ACL));
    assertFalse(agreed.has(InitFlags.WRITEBACK_CACHE));
    assertFalse(agreed.has(InitFlags.POSIX_LOCKS));
    assertFalse(agreed.has(InitFlags.FLOCK_LOCKS));
    assertTrue(agreed.has(InitFlags.SETXATTR_EXT));
  }

  @Test
  void passthroughIfAskedForAndOffered() throws MountException {
    assertTrue(answer(longInit(7, 45, -1, -1), false, true).has(InitFlags.PASSTHROUGH));
    assertArrayEquals(out(45, 0x70c4a869, 0x30, 1).take(), Wire.sent(reply));
    assertFalse(answer(longInit(7, 45, -1, 0x10), false, true).has(InitFlags.PASSTHROUGH));
    assertArrayEquals(out(45, 0x70c4a869, 0x10, 0).take(), Wire.sent(reply));
  }

  @Test
  void aclsIfAskedFor() throws MountException {
    assertTrue(answer(longInit(7, 45, -1, -1), true).has(InitFlags.POSIX_ACL));
  }

  @Test
  void newerMinorIsAnsweredWithOurs() throws MountException {
    assertEquals(45, answer(longInit(7, 99, -1, -1), false).minor());
  }

  @Test
  void oldestKernelSendsTheShortForm() throws MountException {
    Capabilities agreed = answer(init(7, 31, InitFlags.low(InitFlags.MAX_PAGES)), false);
    assertEquals(new Capabilities(31, InitFlags.MAX_PAGES), agreed);
    assertArrayEquals(out(31, InitFlags.low(InitFlags.MAX_PAGES), 0).take(), Wire.sent(reply));
  }

  @Test
  void flags2WithoutInitExtCountForNothing() throws MountException {
    assertEquals(0, answer(longInit(7, 45, 0, -1), false).flags());
  }

  @Test
  void newerMajorIsAskedToComeAgain() throws MountException {
    assertNull(answer(longInit(8, 1, -1, -1), false));
    assertArrayEquals(Wire.reply(0).u32(7).u32(45).zeros(56).take(), Wire.sent(reply));
  }

  @Test
  void tooOldIsRefused() {
    MountException e = assertThrows(MountException.class, () -> answer(init(7, 30, -1), false));
    assertEquals(
        "the kernel speaks FUSE 7.30; 7.31 (Linux 5.4) or newer is needed", e.getMessage());
    assertArrayEquals(Wire.reply(-Errno.EPROTO).take(), Wire.sent(reply));
    assertThrows(MountException.class, () -> answer(init(6, 99, -1), false));
  }

  @Test
  void anythingElseIsRefused() {
    assertThrows(MountException.class, () -> answer(Wire.request(Opcode.STATFS), false));
    assertThrows(MountException.class, () -> answer(Wire.request(Opcode.INIT).u32(7), false));
    assertArrayEquals(Wire.reply(-Errno.EIO).take(), Wire.sent(reply));
  }
}
