package ovl.transport.dev;

import java.util.function.BooleanSupplier;
import ovl.sys.Errno;
import ovl.transport.MountException;
import ovl.transport.dev.wire.InitFlags;
import ovl.transport.dev.wire.InitIn;
import ovl.transport.dev.wire.InitOut;
import ovl.transport.dev.wire.Opcode;
import ovl.transport.dev.wire.Protocol;
import ovl.transport.dev.wire.ShortRequestException;

/**
 * FUSE_INIT, the first request of a mount: agrees on the protocol version, the capabilities and the
 * sizes. The choice of capabilities is this transport's, whatever the filesystem behind it.
 */
final class Handshake {
  /** Linux 5.4 (2019): MAX_PAGES, CACHE_SYMLINKS and the layouts that the flyweights know. */
  private static final int OLDEST_MINOR = 31;

  private static final int PAGE = 4096;

  /** Reads ahead and asynchronous direct I/O in flight; the kernel's 12 starve fast storage. */
  private static final int MAX_BACKGROUND = 64;

  /**
   * How deep the filesystems of the layers may be stacked themselves, plus one: with 1 none of them
   * may lie on another, and the kernel's overlayfs can still be mounted over this one.
   */
  private static final int MAX_STACK_DEPTH = 1;

  private static final long WANTED =
      InitFlags.ASYNC_READ
          | InitFlags.BIG_WRITES
          | InitFlags.ATOMIC_O_TRUNC
          | InitFlags.MAX_PAGES
          | InitFlags.PARALLEL_DIROPS
          | InitFlags.DO_READDIRPLUS
          | InitFlags.CACHE_SYMLINKS
          | InitFlags.HANDLE_KILLPRIV_V2
          | InitFlags.DONT_MASK
          | InitFlags.INIT_EXT
          | InitFlags.SETXATTR_EXT
          | InitFlags.HAS_IOCTL_DIR
          | InitFlags.ASYNC_DIO
          | InitFlags.DIRECT_IO_ALLOW_MMAP;

  private final long wanted;
  private final BooleanSupplier acceptsRings;
  private final InitIn initIn = new InitIn();

  /**
   * @param posixAcl let the kernel enforce POSIX ACLs
   * @param passthrough let the kernel use the real files itself
   * @param acceptsRings whether to take up the offer of FUSE over io_uring; asked if there is one
   */
  Handshake(boolean posixAcl, boolean passthrough, BooleanSupplier acceptsRings) {
    this.acceptsRings = acceptsRings;
    wanted =
        WANTED | (posixAcl ? InitFlags.POSIX_ACL : 0) | (passthrough ? InitFlags.PASSTHROUGH : 0);
  }

  /** Serves requests from the device until the two sides agree. */
  Capabilities perform(FuseDevice device, Request in, Reply reply, int timeoutMillis)
      throws MountException {
    Capabilities agreed = null;
    while (agreed == null) {
      if (!device.awaitRequest(timeoutMillis) || !device.readRequest(in)) {
        throw new MountException("the kernel sent no FUSE_INIT");
      }
      try {
        agreed = answer(in, reply);
      } finally {
        if (reply.isPending()) {
          device.writeReply(reply);
        }
      }
    }
    return agreed;
  }

  /**
   * Answers one INIT.
   *
   * @return what was agreed on, or null if the kernel, speaking a newer major version, is to ask
   *     again in ours
   * @throws MountException not an INIT, or a version that is not spoken; the reply then says so
   */
  Capabilities answer(Request in, Reply reply) throws MountException {
    if (!in.hasHeader()) {
      reply.none();
      throw new MountException("the kernel's first FUSE request is " + in);
    }
    reply.begin(in.unique(), true);
    if (!in.isWhole() || in.opcode() != Opcode.INIT || !wrap(in)) {
      reply.error(Errno.EIO);
      throw new MountException("the kernel's first FUSE request is not INIT but " + in);
    }
    if (initIn.major() > Protocol.KERNEL_VERSION) {
      version(reply.init(), Protocol.KERNEL_MINOR_VERSION);
      reply.sendInit();
      return null;
    }
    if (initIn.major() < Protocol.KERNEL_VERSION || initIn.minor() < OLDEST_MINOR) {
      reply.error(Errno.EPROTO);
      throw new MountException(
          "the kernel speaks FUSE %d.%d; %d.%d (Linux 5.4) or newer is needed"
              .formatted(initIn.major(), initIn.minor(), Protocol.KERNEL_VERSION, OLDEST_MINOR));
    }
    return agree(reply);
  }

  private boolean wrap(Request in) {
    try {
      if (in.end() - in.payload() < InitIn.LENGTH) {
        initIn.wrapCompat(in.buffer(), in.payload(), in.end());
      } else {
        initIn.wrap(in.buffer(), in.payload(), in.end());
      }
      return true;
    } catch (ShortRequestException e) {
      return false;
    }
  }

  private Capabilities agree(Reply reply) {
    long offered = InitFlags.of(initIn.flags(), initIn.flags2());
    int minor = Math.min(initIn.minor(), Protocol.KERNEL_MINOR_VERSION);
    boolean rings = (offered & InitFlags.OVER_IO_URING) != 0 && acceptsRings.getAsBoolean();
    long flags = wanted & offered;
    if (rings) {
      // Whoever serves a direct write would have to serve, at the same time, those who lock its
      // pages: see DirectWrites.
      flags = flags & ~InitFlags.ASYNC_DIO | InitFlags.OVER_IO_URING;
    }
    Capabilities agreed = new Capabilities(minor, flags);
    version(reply.init(), minor)
        .maxReadahead(initIn.maxReadahead())
        .flags(InitFlags.low(agreed.flags()))
        .flags2(InitFlags.high(agreed.flags()))
        .maxBackground(MAX_BACKGROUND)
        .congestionThreshold(MAX_BACKGROUND * 3 / 4)
        .maxWrite(Capabilities.MAX_DATA)
        .maxPages(Capabilities.MAX_DATA / PAGE)
        .maxStackDepth(agreed.has(InitFlags.PASSTHROUGH) ? MAX_STACK_DEPTH : 0)
        .timeGran(1);
    reply.sendInit();
    return agreed;
  }

  private static InitOut version(InitOut out, int minor) {
    return out.major(Protocol.KERNEL_VERSION).minor(minor);
  }
}
